import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createLogger } from '../../src/io/logger.ts'
import { formatHistory } from '../history/event.ts'
import { ALL_FAULTS, type FaultKind } from './faults.ts'
import { shortest } from './shrink.ts'
import { ALL_WORK, type Simulation, simulate, type Work } from './simulate.ts'

const HELP = `npm run simulate -- [--seed N | --seeds A..B] [--nodes N] [--controllers N] [--events M] [--ms T] [--kinds a,b] [--work a,b] [--history FILE] [--as-is] [--log]
  --nodes        brokers (default 3), which are controllers as well unless there are others
  --controllers  controllers of their own (default 0)
  --events       how many faults (default 6)
  --ms           virtual time with faults (default 20000)
  --kinds        of ${ALL_FAULTS.join(', ')}
  --work         of ${[...ALL_WORK, 'transactions'].join(', ')} (default: all but transactions)
  --history      where to keep what clients of transactions saw, for npm run check-history; the last that broke a promise stays
  --as-is        don't look for less that breaks a promise as well
  --log          what the nodes log, as JSON lines`

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    nodes: { type: 'string', default: '3' },
    controllers: { type: 'string', default: '0' },
    events: { type: 'string', default: '6' },
    ms: { type: 'string', default: '20000' },
    kinds: { type: 'string' },
    work: { type: 'string' },
    history: { type: 'string' },
    'as-is': { type: 'boolean', default: false },
    log: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** The history of a run that broke a promise was written. */
let isKept = false

async function run(seed: number): Promise<boolean> {
  const simulation: Simulation = {
    seed,
    layout: { brokers: Number(values.nodes), controllers: Number(values.controllers) },
    safetyMs: Number(values.ms),
    faults: Number(values.events),
    ...(values.kinds !== undefined && { kinds: values.kinds.split(',') as FaultKind[] }),
    ...(values.work !== undefined && { work: values.work.split(',') as Work[] }),
    ...(values.log && { logger: (node: number) => createLogger({ level: 'info' }).child({ node }) }),
  }
  const outcome = await simulate(simulation)
  const { digest, events, elapsedMs, inflicted, acknowledged, read, groupCommits, transactions, violation } = outcome
  console.log(
    `seed ${seed}: ${violation === undefined ? 'kept' : 'BROKEN'}, ${events} events, ${Math.round(elapsedMs)} ms, ` +
      `${inflicted} faults, ${acknowledged} acknowledged, ${read} read, ${groupCommits} commits, ${transactions} transactions, digest ${digest}`,
  )
  const { history } = values
  if (history !== undefined && (violation !== undefined || !isKept))
    writeFileSync(history, formatHistory(outcome.history))
  if (violation === undefined) return true
  isKept = true
  if (values.log || values['as-is']) {
    for (const planned of outcome.plan) console.log(`  ${JSON.stringify(planned)}`)
    console.log(`  ${violation}`)
    return false
  }
  console.log(`  ${violation.split('\n')[0]}; looking for less that breaks it`)
  const least = await shortest(simulation, outcome)
  for (const { atMs, fault } of least.outcome.plan) console.log(`  at ${atMs} ms: ${JSON.stringify(fault)}`)
  console.log(`  with ${least.work.join(', ')}, over ${least.safetyMs} ms: ${least.outcome.violation}`)
  return false
}

if (values.help) console.log(HELP)
else {
  const [from, to] = (values.seeds ?? `${values.seed ?? 1}..${values.seed ?? 1}`).split('..').map(Number)
  let broken = 0
  for (let seed = from ?? 1; seed <= (to ?? from ?? 1); seed++) if (!(await run(seed))) broken++
  if (broken > 0) {
    console.log(`${broken} seeds broke a promise`)
    process.exitCode = 1
  }
}
