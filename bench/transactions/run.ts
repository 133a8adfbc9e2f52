import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Target } from '../../test/support/broker.ts'
import { noKafka } from '../../test/support/kafka.ts'
import { noKafkaStreams } from '../../test/support/kafka-streams.ts'
import { type Measures, table } from '../table.ts'
import { round } from './measure.ts'

const HELP = `Measures transactions of Odradek against those of Apache Kafka with the Java client, in alternating rounds.

  --quick           short measurements (about two minutes a round)
  --rounds N        rounds for each (default: 3; quick: 1)
  --only a,b        of idempotent, fast, paced, small and counting (default: all)
  --targets a,b     of kafka and odradek (default: both)
  --json FILE       writes every number of every round
`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    targets: { type: 'string', default: 'kafka,odradek' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})

async function main(): Promise<void> {
  if (values.help) {
    console.log(HELP)
    return
  }
  if (noKafka() || noKafkaStreams()) {
    process.exitCode = 1
    return
  }
  const sizes = values.quick
    ? { seconds: 5, perSecond: 1_000, megabytes: 200, counted: 200_000 }
    : { seconds: 20, perSecond: 1_000, megabytes: 1_000, counted: 1_000_000 }
  const plan = { ...sizes, ...(values.only !== undefined && { only: values.only.split(',') }) }
  const targets = values.targets.split(',').filter((each): each is Target => each === 'kafka' || each === 'odradek')
  const results = new Map<Target, Measures[]>(targets.map((target) => [target, []]))
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3))
  for (let i = 0; i < rounds; i += 1) {
    // Whoever comes first finds another machine than whoever comes second.
    for (const target of i % 2 === 0 ? targets : targets.toReversed()) {
      results
        .get(target)
        ?.push(await round(target, plan, (line) => console.error(`round ${i + 1} of ${rounds}: ${line}`)))
    }
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(Object.fromEntries(results), null, 2)}\n`)
  console.log(table(results))
}

await main()
