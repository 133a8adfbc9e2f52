/** What scrapes of /metrics cost a broker: beside its work, for each of them, and in the longest turn of the event loop. */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { buildBatch } from '../src/record/builder.ts'
import type { TestBroker } from '../test/support/broker.ts'
import { freePort } from '../test/support/ports.ts'
import { usage } from '../test/support/process.ts'
import { Client, createTopic, type Reply, spent, start } from './groups/client.ts'

const HELP = `Measures what scrapes of /metrics cost, on one broker, in turns with and without them.

  --turns N         of each kind (default: 10)
  --volume MiB      produced and consumed in a turn (default: 512)
  --every S         between two scrapes (default: 1)
  --topics N        in the second part, of three partitions each (default: 1000)
  --scrapes N       in the second part (default: 30)
`

const { values } = parseArgs({
  options: {
    turns: { type: 'string', default: '10' },
    volume: { type: 'string', default: '512' },
    every: { type: 'string', default: '1' },
    topics: { type: 'string', default: '1000' },
    scrapes: { type: 'string', default: '30' },
    help: { type: 'boolean', short: 'h' },
  },
})

const MEBIBYTE = 1_048_576
const GB = 1e9
const TOPIC = 'bench'
const RECORD_BYTES = 1_024
const BATCH_RECORDS = 128
const IN_FLIGHT = 4
/** What the broker's own watch of its event loop waits between two looks. */
const LOOK_MS = 10
const PAUSE_MS = 100

async function scrape(url: string): Promise<string> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${answer.status} of ${url}`)
  return answer.text()
}

function sample(text: string, name: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1))
}

/** Produces so much and reads what there is, a few requests at a time. */
async function load(client: Client, bytes: number, from: { offset: number }): Promise<void> {
  const record = { timestamp: Date.now(), key: null, value: Buffer.alloc(RECORD_BYTES, 'x'), headers: [] }
  const records = buildBatch({ records: Array.from({ length: BATCH_RECORDS }, () => record) })
  const body = { transactionalId: null, acks: -1, timeoutMs: 30_000 }
  const topicData = [{ name: TOPIC, partitionData: [{ index: 0, records }] }]
  let left = Math.ceil(bytes / records.length)
  const produce = async () => {
    while (left > 0) {
      left -= 1
      const { responses }: Reply = await client.call('Produce', 9, { ...body, topicData })
      if (responses[0].partitionResponses[0].errorCode !== 0) throw new Error('a produce was refused')
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, produce))
  for (;;) {
    const partitions = [{ partition: 0, fetchOffset: from.offset, partitionMaxBytes: MEBIBYTE }]
    const topics = [{ topic: TOPIC, partitions }]
    const asked = { replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: MEBIBYTE, topics }
    const { responses }: Reply = await client.call('Fetch', 11, asked)
    const { records: read, errorCode } = responses[0].partitions[0]
    if (errorCode !== 0) throw new Error(`a fetch was refused: ${errorCode}`)
    const batches = Math.floor((read?.length ?? 0) / records.length)
    if (batches === 0) return
    from.offset += batches * BATCH_RECORDS
  }
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN

async function beside(broker: TestBroker, url: string): Promise<void> {
  const client = await Client.to(broker.port)
  await createTopic(broker.port, TOPIC, 1, [{ name: 'retention.bytes', value: String(256 * MEBIBYTE) }])
  const bytes = Number(values.volume) * MEBIBYTE
  const from = { offset: 0 }
  const costs: Record<'with' | 'without', number[]> = { with: [], without: [] }
  const ratios: number[] = []
  let scrapes = 0
  const turn = async (how: 'with' | 'without') => {
    let isOver = false
    const scraping = (async () => {
      while (how === 'with' && !isOver) {
        await scrape(url)
        scrapes += 1
        await delay(Number(values.every) * 1_000)
      }
    })()
    const { cpuSeconds } = await spent(broker, () => load(client, bytes, from))
    isOver = true
    await scraping
    const cost = cpuSeconds / (bytes / GB)
    costs[how].push(cost)
    return cost
  }
  await load(client, bytes, from)
  for (let i = 0; i < Number(values.turns); i += 1) {
    // Whoever comes first finds another machine than whoever comes second.
    const [first, second] = i % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const)
    const [one, other] = [await turn(first), await turn(second)]
    ratios.push(first === 'with' ? one / other : other / one)
  }
  client.close()
  console.log(`CPU s/GB without scrapes  ${median(costs.without).toFixed(3)}`)
  console.log(`CPU s/GB with             ${median(costs.with).toFixed(3)}   (${scrapes} scrapes)`)
  console.log(`with / without            ${median(ratios).toFixed(3)}   by pairs, median`)
}

/** On a broker that does nothing else. */
async function each(broker: TestBroker, url: string, what: string): Promise<void> {
  const count = Number(values.scrapes)
  for (let i = 0; i < 5; i += 1) await scrape(url)
  const cpuSeconds = () => usage(broker.pid).cpuSeconds
  const turns: number[] = []
  let size = 0
  let answered = 0
  const [begun, before] = [performance.now(), cpuSeconds()]
  for (let i = 0; i < count; i += 1) {
    const since = performance.now()
    const text = await scrape(url)
    answered += performance.now() - since
    size = text.length
    turns.push(sample(text, 'nodejs_eventloop_lag_max_seconds') * 1_000 - LOOK_MS)
    await delay(PAUSE_MS)
  }
  const scraped = cpuSeconds() - before
  const tookMs = performance.now() - begun
  // What it does when nobody asks is no cost of scrapes.
  const rested = cpuSeconds()
  await delay(tookMs)
  const cpuMs = ((scraped - (cpuSeconds() - rested)) * 1_000) / count
  console.log(`${what}`)
  console.log(`  a scrape                ${(size / MEBIBYTE).toFixed(2)} MiB`)
  console.log(`  CPU, ms                 ${cpuMs.toFixed(1)}`)
  console.log(`  answered after, ms      ${(answered / count).toFixed(1)}`)
  console.log(`  longest turn, ms        ${median(turns).toFixed(1)} (median), ${Math.max(...turns).toFixed(1)} (most)`)
}

async function manyTopics(broker: TestBroker): Promise<void> {
  const client = await Client.to(broker.port)
  const names = Array.from({ length: Number(values.topics) }, (_, at) => `topic-${at}`)
  for (let at = 0; at < names.length; at += 100) {
    const topics = names.slice(at, at + 100).map((name) => {
      return { name, numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] }
    })
    await client.call('CreateTopics', 7, { topics, timeoutMs: 60_000, validateOnly: false })
  }
  client.close()
  const last = names.at(-1)
  if (last !== undefined) await createTopic(broker.port, last, 3)
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(HELP)
    return
  }
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/metrics`
  await using broker = await start('odradek', { 'odradek.http.listeners': `http://127.0.0.1:${port}` })
  await beside(broker, url)
  await each(broker, url, 'One topic, nothing else to do:')
  await manyTopics(broker)
  await each(broker, url, `${values.topics} topics of 3 partitions:`)
}

await main()
