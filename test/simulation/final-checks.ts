import type { PartitionImage } from '../../src/metadata/image.ts'
import { parseControlKey } from '../../src/record/control.ts'
import type { DecodedRecord } from '../../src/record/decoded-record.ts'
import { baseOffset, batchSize, isControl, isTransactional, producerId } from '../../src/record/header.ts'
import { batches } from '../../src/record/iterate.ts'
import type { SimulatedCluster } from './cluster.ts'
import { Violation } from './history.ts'
import type { SimulatedNode } from './simulated-node.ts'

/** Undefined: all replicas are in sync, nothing is being moved, and the ends of their logs are the same. */
export function whatIsMissing(cluster: SimulatedCluster): string | undefined {
  const { image } = cluster
  if (image === undefined || !cluster.isUp) return 'a node is down'
  for (const { id, isBroker, inside } of cluster.nodes) {
    const offset = inside?.metadata?.image.offset
    if (offset !== image.offset) return `node ${id} has metadata up to ${offset} of ${image.offset}`
    if (isBroker && !image.isActive(id)) return `broker ${id} is fenced`
  }
  for (const topic of image.topics.values()) {
    for (const partition of topic.partitions.filter(Boolean)) {
      const missing = missingOf(cluster, topic.name, partition)
      if (missing !== undefined) return `${topic.name}-${partition.partition}: ${missing}`
    }
  }
  return undefined
}

function missingOf(cluster: SimulatedCluster, topic: string, partition: PartitionImage): string | undefined {
  const { replicas, isr, leader, addingReplicas, removingReplicas } = partition
  if (leader < 0 || isr.length < replicas.length || addingReplicas.length + removingReplicas.length > 0) {
    return JSON.stringify(partition)
  }
  const ends = replicas.map((id) => {
    const replica = cluster.node(id).inside?.replicas?.find(topic, partition.partition)
    return replica === undefined ? 'none' : `${replica.log.logEndOffset} (${replica.log.highWatermark})`
  })
  return new Set(ends).size === 1 && !ends.includes('none')
    ? undefined
    : `the ends (and high watermarks) on ${replicas}, led by ${leader}, are ${ends.join(', ')}`
}

/**
 * What the replicas of each partition have on their disks, from where all of them begin: byte by byte, and where each compacts
 * in its own time, the last value of every key.
 */
export function compareReplicas(cluster: SimulatedCluster): void {
  for (const topic of cluster.image?.topics.values() ?? []) {
    for (const { partition, replicas } of topic.partitions.filter(Boolean)) {
      const name = `${topic.name}-${partition}`
      const logs = replicas.map((id) => ({
        id,
        start: cluster.node(id).inside?.replicas?.find(topic.name, partition)?.log.logStartOffset ?? 0,
        batches: batchesOf(cluster.node(id), name),
      }))
      if (topic.name.startsWith('__')) compareValues(name, logs)
      else compareBytes(name, logs)
    }
  }
}

interface ReplicaLog {
  readonly id: number
  readonly start: number
  readonly batches: ReadonlyMap<number, Buffer>
}

function compareBytes(name: string, logs: readonly ReplicaLog[]): void {
  const from = Math.max(...logs.map(({ start }) => start))
  const [first, ...others] = logs.map(({ id, batches }) => {
    const kept = [...batches].filter(([offset]) => offset >= from)
    return { id, offsets: kept.map(([offset]) => offset).join(), bytes: Buffer.concat(kept.map(([, bytes]) => bytes)) }
  })
  for (const other of others) {
    if (first === undefined || other.bytes.equals(first.bytes)) continue
    const where = other.offsets === first.offsets ? 'in their bytes' : `: ${first.offsets} and ${other.offsets}`
    throw new Violation(`the logs of ${name} on ${first.id} and ${other.id} differ ${where}`)
  }
}

function compareValues(name: string, logs: readonly ReplicaLog[]): void {
  const [first, ...others] = logs.map((log) => ({ id: log.id, text: lastValues(log) }))
  for (const other of others) {
    if (first === undefined || other.text === first.text) continue
    throw new Violation(`${name} on ${first.id} and ${other.id} differ: ${first.text} and ${other.text}`)
  }
}

/** Of each key the last value that is not of an aborted transaction: what compaction keeps. */
function lastValues({ batches: all }: ReplicaLog): string {
  const values = new Map<string, string>()
  const last = new Map<string, number>()
  const open = new Map<number, DecodedRecord[]>()
  const take = (records: Iterable<DecodedRecord>) => {
    for (const { key, value, offset } of records) {
      const name = key?.toString('hex') ?? ''
      if (offset < (last.get(name) ?? 0)) continue
      last.set(name, offset)
      if (value === null) values.delete(name)
      else values.set(name, value.toString('hex'))
    }
  }
  for (const [, bytes] of [...all].sort(([a], [b]) => a - b)) {
    for (const batch of batches(bytes)) {
      const producer = producerId(batch.buffer, batch.at)
      if (isControl(batch.buffer, batch.at)) {
        const [marker] = batch.records()
        if (marker?.key && parseControlKey(marker.key).type === 'commit') take(open.get(producer) ?? [])
        open.delete(producer)
      } else if (!isTransactional(batch.buffer, batch.at)) take(batch.records())
      else open.set(producer, [...(open.get(producer) ?? []), ...batch.records()])
    }
  }
  return JSON.stringify([...values].sort())
}

function batchesOf({ disk }: SimulatedNode, name: string): Map<number, Buffer> {
  const dir = `/data/${name}`
  const found = new Map<number, Buffer>()
  for (const entry of disk.blocking.entries(dir)) {
    if (!entry.name.endsWith('.log')) continue
    const bytes = disk.blocking.readFile(`${dir}/${entry.name}`) ?? Buffer.alloc(0)
    for (let at = 0; at + 12 <= bytes.length; at += batchSize(bytes, at)) {
      if (batchSize(bytes, at) <= 12) break
      found.set(baseOffset(bytes, at), bytes.subarray(at, at + batchSize(bytes, at)))
    }
  }
  return found
}
