import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Prng } from '../../src/base/prng.ts'
import { buildBatch } from '../../src/record/builder.ts'
import type { Target, TestBroker } from '../../test/support/broker.ts'
import type { Measures } from '../table.ts'
import { Client, createTopic, mebibytes, spent, start } from './client.ts'

const TOPIC = 'compacted'
const KEYS = 500_000
const VALUE_BYTES = 64
const RECORDS_PER_BATCH = 1_000
const SEGMENT_BYTES = 100_000_000

const bytesIn = (dir: string): number =>
  readdirSync(dir).reduce((sum, file) => {
    const path = join(dir, file)
    return sum + (existsSync(path) && file.endsWith('.log') ? statSync(path).size : 0)
  }, 0)

/** Where the newest segment begins, which is not cleaned. */
function activeBase(dir: string): number {
  const bases = readdirSync(dir).flatMap((file) => (/^\d{20}\.log$/.test(file) ? [Number(file.slice(0, 20))] : []))
  return Math.max(...bases)
}

/** Up to where the cleaner has come, as its checkpoint says. */
function cleanedTo(broker: TestBroker): number {
  const file = join(broker.dataDir, 'cleaner-offset-checkpoint')
  if (!existsSync(file)) return 0
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${TOPIC} 0 `))
  return Number(line?.split(' ')[2] ?? 0)
}

async function fill(client: Client, megabytes: number): Promise<void> {
  const random = new Prng(7)
  const value = Buffer.alloc(VALUE_BYTES, 'v')
  let sent = 0
  while (sent < megabytes * 1_000_000) {
    const records = Array.from({ length: RECORDS_PER_BATCH }, () => {
      const key = Buffer.alloc(8)
      key.writeUInt32BE(random.below(KEYS), 4)
      return { timestamp: 1_700_000_000_000, key, value }
    })
    const batch = buildBatch({ records })
    const topicData = [{ name: TOPIC, partitionData: [{ index: 0, records: batch }] }]
    const answer = await client.call('Produce', 9, { acks: -1, timeoutMs: 30_000, topicData })
    const { errorCode } = answer.responses[0].partitionResponses[0]
    if (errorCode !== 0) throw new Error(`produce: ${errorCode}`)
    sent += batch.length
  }
}

/** Small records with half a million keys; the cleaner is held back until all of them are written. */
export async function compaction(target: Target, megabytes: number): Promise<Measures> {
  await using broker = await start(target, { 'log.cleaner.backoff.ms': '200', 'log.retention.ms': '-1' })
  const configs = [
    { name: 'cleanup.policy', value: 'compact' },
    { name: 'segment.bytes', value: String(SEGMENT_BYTES) },
    { name: 'min.cleanable.dirty.ratio', value: '1' },
  ]
  await createTopic(broker.port, TOPIC, 1, configs)
  const client = await Client.to(broker.port)
  await fill(client, megabytes)
  const dir = join(broker.dataDir, `${TOPIC}-0`)
  const [before, target0] = [bytesIn(dir), activeBase(dir)]
  const idle = mebibytes(broker)
  const cost = await spent(broker, async () => {
    const changed = [{ name: 'min.cleanable.dirty.ratio', configOperation: 0, value: '0.01' }]
    await client.call('IncrementalAlterConfigs', 1, {
      resources: [{ resourceType: 2, resourceName: TOPIC, configs: changed }],
    })
    while (cleanedTo(broker) < target0) await delay(50)
  })
  client.close()
  const label = `compaction of ${megabytes} MB`
  return {
    [`${label}: time, s`]: cost.seconds,
    [`${label}: broker CPU, s`]: cost.cpuSeconds,
    [`${label}: memory before, MiB`]: idle,
    [`${label}: memory, MiB`]: cost.mebibytes,
    [`${label}: MB left, of which one segment is not cleaned`]: bytesIn(dir) / 1_000_000,
    [`${label}: MB before`]: before / 1_000_000,
  }
}
