import { parseArgs } from 'node:util'
import { noNamespaces } from '../../test/cluster/network.ts'
import type { Target } from '../../test/support/broker.ts'
import { noKafka } from '../../test/support/kafka.ts'
import { compare, inTurn } from '../compare.ts'
import type { Measures } from '../table.ts'
import { growth } from './growth.ts'
import { clusterOfThree, type Plan } from './measure.ts'
import { nodesPerHost } from './nodes-per-host.ts'

const HELP = `Measures a cluster of three Odradek nodes against three of Apache Kafka, in alternating rounds on this machine: the
nodes of docker-compose.yml in network namespaces. Needs root.

  --quick           little data, few partitions (about five minutes)
  --rounds N        rounds for each (default: 1)
  --partitions N    how many fail over at once, or are there at most (default: 3000; quick: 300)
  --copy MB         what is copied to a replica that lost its files (default: 10000; quick: 500)
  --volume MB       what the throughput measurement sends (default: 1000; quick: 200)
  --only a,b        of throughput, latency, gaps, rollingRestart, failover, copy, nodesPerHost and growth (default: all)
  --targets a,b     of kafka and odradek (default: both)
  --json FILE       writes every number of every round
`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    rounds: { type: 'string', default: '1' },
    partitions: { type: 'string' },
    copy: { type: 'string' },
    volume: { type: 'string' },
    only: { type: 'string' },
    targets: { type: 'string', default: 'kafka,odradek' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})

function plan(): Plan {
  const quick = values.quick === true
  return {
    megabytes: Number(values.volume ?? (quick ? 200 : 1_000)),
    latency: { perSecond: 1_000, seconds: quick ? 15 : 60 },
    partitions: Number(values.partitions ?? (quick ? 300 : 3_000)),
    copyMegabytes: Number(values.copy ?? (quick ? 500 : 10_000)),
    kills: quick ? 1 : 3,
    only: values.only?.split(','),
  }
}

async function round(target: Target): Promise<Measures> {
  const chosen = plan()
  const wanted = (name: string) => chosen.only?.includes(name) !== false
  const say = (line: string) => console.error(line)
  const others: Readonly<Record<string, typeof growth>> = { nodesPerHost, growth }
  const needsThree = chosen.only?.every((name) => name in others) !== true
  const measures = needsThree ? await clusterOfThree(target, chosen, say) : {}
  for (const [name, measure] of Object.entries(others)) {
    if (!wanted(name)) continue
    say(`${target}: ${name}`)
    Object.assign(measures, await measure(target, chosen))
  }
  return measures
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(HELP)
    return
  }
  if (noKafka() || noNamespaces()) {
    process.exitCode = 1
    return
  }
  await compare({ targets: values.targets, rounds: Number(values.rounds), json: values.json }, inTurn(round))
}

await main()
