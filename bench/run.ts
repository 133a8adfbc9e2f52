import { parseArgs } from 'node:util'
import { noKafka } from '../test/support/kafka.ts'
import { compare } from './compare.ts'
import { FULL, MB, name, QUICK, TINY } from './matrix.ts'
import { round } from './measure.ts'

const HELP = `Measures Odradek against Apache Kafka with Kafka's own tools, in alternating rounds on this machine.

  --quick           a small matrix (about six minutes)
  --tiny            only shows that everything works
  --volume MB       sends at most so much for each load
  --keep            one broker of each for all loads, so that later loads meet warm ones (default: each load gets
                    a broker that was just started)
  --rounds N        rounds for each broker (quick: 2, full: 3, tiny: 1)
  --only TEXT       only the loads whose name has TEXT in it: '100 part', '1 MB', lz4
  --targets a,b     which brokers, of kafka and odradek (default: both)
  --json FILE       writes every number of every round
`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    tiny: { type: 'boolean' },
    rounds: { type: 'string' },
    volume: { type: 'string' },
    keep: { type: 'boolean' },
    only: { type: 'string', default: '' },
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
  if (noKafka()) {
    process.exitCode = 1
    return
  }
  const most = Number(values.volume ?? Number.POSITIVE_INFINITY) * MB
  const loads = (values.tiny ? TINY : values.quick ? QUICK : FULL)
    .filter((load) => name(load).includes(values.only))
    .map((load) => ({ ...load, volume: Math.min(load.volume, most) }))
  const latency = values.tiny
    ? { records: 1_000, perSecond: 1_000, endToEnd: 200 }
    : { records: values.quick ? 20_000 : 100_000, perSecond: 2_000, endToEnd: values.quick ? 3_000 : 10_000 }
  const rounds = Number(values.rounds ?? (values.tiny ? 1 : values.quick ? 2 : 3))
  await compare({ targets: values.targets, rounds, json: values.json }, (targets, says) => {
    console.error(says)
    return round(targets, { loads, latency, nameOf: name, keeps: values.keep ?? false })
  })
}

await main()
