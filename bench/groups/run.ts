import { parseArgs } from 'node:util'
import type { Target } from '../../test/support/broker.ts'
import { noKafka } from '../../test/support/kafka.ts'
import { compare } from '../compare.ts'
import type { Measures } from '../table.ts'
import { compaction } from './measure-compaction.ts'
import { classicRebalance, consumerRebalance, manyClassicGroups, manyConsumerGroups } from './measure-groups.ts'
import { manyTopics } from './measure-topics.ts'

const HELP = `Measures groups, topics and compaction of Odradek against Apache Kafka, in alternating rounds on this machine.

  --groups N        groups of three members (default: 1000)
  --members N       of the group that is rebalanced (default: 100)
  --topics N        (default: 10000)
  --megabytes N     that are compacted (default: 1000)
  --rounds N        rounds for each broker (default: 1)
  --only a,b        of classic, consumer, rebalance, topics, compaction (default: all)
  --targets a,b     which brokers, of kafka and odradek (default: both)
  --json FILE       writes every number of every round
`

const { values } = parseArgs({
  options: {
    groups: { type: 'string', default: '1000' },
    members: { type: 'string', default: '100' },
    topics: { type: 'string', default: '10000' },
    megabytes: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '1' },
    only: { type: 'string', default: 'classic,consumer,rebalance,topics,compaction' },
    targets: { type: 'string', default: 'kafka,odradek' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})

const STEPS: Readonly<Record<string, (target: Target) => Promise<Measures>>> = {
  classic: (target) => manyClassicGroups(target, Number(values.groups)),
  consumer: (target) => manyConsumerGroups(target, Number(values.groups)),
  rebalance: async (target) => ({
    ...(await classicRebalance(target, Number(values.members), 5)),
    ...(await consumerRebalance(target, Number(values.members), 5)),
  }),
  topics: (target) => manyTopics(target, Number(values.topics)),
  compaction: (target) => compaction(target, Number(values.megabytes)),
}

/** The targets take turns at each step: a step is over sooner than a round. */
async function oneRound(targets: readonly Target[], says: string): Promise<ReadonlyMap<Target, Measures>> {
  const measures = new Map<Target, Measures>(targets.map((target) => [target, {}]))
  for (const [name, step] of Object.entries(STEPS)) {
    if (!values.only.split(',').includes(name)) continue
    for (const target of targets) {
      console.error(`${says}: ${name}, ${target}`)
      // One measurement that is not to be had does not take the others with it.
      const measured = await step(target).catch((error: unknown) => {
        console.error(String(error))
        return {}
      })
      Object.assign(measures.get(target) ?? {}, measured)
    }
  }
  return measures
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(HELP)
    return
  }
  if (noKafka()) {
    process.exitCode = 1
    return
  }
  await compare({ targets: values.targets, rounds: Number(values.rounds), json: values.json }, oneRound)
}

await main()
