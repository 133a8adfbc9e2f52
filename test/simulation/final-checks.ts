import { baseOffset, batchSize } from '../../src/record/header.ts'
import { batches } from '../../src/record/iterate.ts'
import type { SimulatedCluster } from './cluster.ts'
import { Violation } from './history.ts'
import type { SimulatedNode } from './simulated-node.ts'

/** Everybody has all records: the ends of all replicas' logs are the same. */
export function isReplicated(cluster: SimulatedCluster): boolean {
  const { image } = cluster
  if (image === undefined || !cluster.isWhole) return false
  for (const { inside } of cluster.nodes) if (inside?.metadata?.image.offset !== image.offset) return false
  for (const topic of image.topics.values()) {
    for (const { partition, replicas } of topic.partitions.filter(Boolean)) {
      const ends = new Set<string>()
      for (const id of replicas) {
        const replica = cluster.node(id).inside?.replicas?.find(topic.name, partition)
        ends.add(replica === undefined ? 'none' : `${replica.log.logEndOffset} ${replica.log.highWatermark}`)
      }
      if (ends.size !== 1 || ends.has('none')) return false
    }
  }
  return true
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

function lastValues({ batches: all }: ReplicaLog): string {
  const values = new Map<string, string>()
  for (const bytes of all.values()) {
    for (const batch of batches(bytes)) {
      for (const { key, value } of batch.records()) {
        if (value === null) values.delete(key?.toString('hex') ?? '')
        else values.set(key?.toString('hex') ?? '', value.toString('hex'))
      }
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
