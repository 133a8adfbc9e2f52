import { parseArgs } from 'node:util'
import { createLogger } from '../../src/io/logger.ts'
import { ALL_FAULTS, type FaultKind, type PlannedFault } from './faults.ts'
import { type Outcome, type Simulation, simulate } from './simulate.ts'

const HELP = `npm run simulate -- [--seed N | --seeds A..B] [--nodes N] [--events M] [--ms T] [--kinds a,b] [--log]
  --events   how many faults (default 6)
  --ms       virtual time with faults (default 20000)
  --kinds    of ${ALL_FAULTS.join(', ')}, failing-sync
  --log      what the nodes log, as JSON lines`

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    nodes: { type: 'string', default: '3' },
    events: { type: 'string', default: '6' },
    ms: { type: 'string', default: '20000' },
    kinds: { type: 'string' },
    log: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** Leaves out one fault after the other as long as the violation stays. */
async function shortest(simulation: Simulation, first: Outcome): Promise<Outcome> {
  let best = first
  for (let index = 0; index < best.plan.length; ) {
    const faults: PlannedFault[] = best.plan.filter((_, at) => at !== index)
    const outcome = await simulate({ ...simulation, faults })
    if (outcome.violation === undefined) index++
    else best = outcome
  }
  return best
}

async function run(seed: number): Promise<boolean> {
  const simulation: Simulation = {
    seed,
    nodes: Number(values.nodes),
    safetyMs: Number(values.ms),
    faults: Number(values.events),
    ...(values.kinds !== undefined && { kinds: values.kinds.split(',') as FaultKind[] }),
    ...(values.log && { logger: (node: number) => createLogger({ level: 'info' }).child({ node }) }),
  }
  const outcome = await simulate(simulation)
  const { digest, events, elapsedMs, acknowledged, read, violation } = outcome
  console.log(
    `seed ${seed}: ${violation === undefined ? 'kept' : 'BROKEN'}, ${events} events, ${Math.round(elapsedMs)} ms, ` +
      `${acknowledged} acknowledged, ${read} read, digest ${digest}`,
  )
  if (violation === undefined) return true
  const least = values.log ? outcome : await shortest(simulation, outcome)
  for (const { atMs, fault } of least.plan) console.log(`  at ${atMs} ms: ${JSON.stringify(fault)}`)
  console.log(`  ${least.violation}`)
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
