import { parseArgs } from 'node:util'
import { noKafka } from '../../test/support/kafka.ts'
import { noKafkaStreams } from '../../test/support/kafka-streams.ts'
import { compare, inTurn } from '../compare.ts'
import { round } from './measure.ts'

const HELP = `Measures transactions of Odradek against those of Apache Kafka with the Java client, in alternating rounds.

  --quick           short measurements (about three minutes a round)
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
    ? { seconds: 5, perSecond: 1_000, megabytes: 200, transacted: 600, counted: 200_000 }
    : { seconds: 20, perSecond: 1_000, megabytes: 1_000, transacted: 3_000, counted: 1_000_000 }
  const plan = { ...sizes, ...(values.only !== undefined && { only: values.only.split(',') }) }
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3))
  await compare(
    { targets: values.targets, rounds, json: values.json },
    inTurn((target, says) => round(target, plan, (line) => console.error(`${says}: ${line}`))),
  )
}

await main()
