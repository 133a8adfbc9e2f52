import type { Replica } from '../../src/broker/replica.ts'
import type { MetadataImage, PartitionImage } from '../../src/metadata/image.ts'
import type { MetadataNode } from '../../src/runtime/metadata-node.ts'
import { Violation } from './history.ts'
import { type ImageText, imageText } from './image-text.ts'
import type { Inside } from './window.ts'

interface Watermarks {
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly lastStableOffset: number
}

/**
 * What must hold at every moment, seen from inside: one leader of the quorum in an epoch, one leader of a partition in a
 * leader epoch, watermarks that never go back, a new leader that has all that was committed, an ISR of replicas, and equal
 * metadata at equal offsets.
 */
export class Invariants {
  readonly #quorumLeaders = new Map<number, number>()
  readonly #leaders = new Map<string, number>()
  readonly #marks = new WeakMap<Replica, Watermarks>()
  /** By partition and epoch: the highest offset that its leader had as committed. */
  readonly #committed = new Map<string, Map<number, number>>()
  readonly #images = new Map<number, ImageText>()
  readonly #seenOffset = new WeakMap<MetadataNode, number>()

  check(node: number, { metadata, replicas }: Inside): void {
    if (metadata !== undefined) this.#checkMetadata(node, metadata)
    if (replicas === undefined) return
    for (const replica of replicas.all()) this.#checkReplica(node, replica)
  }

  #checkMetadata(node: number, metadata: MetadataNode): void {
    const { id, epoch } = metadata.leader()
    if (id >= 0) one(this.#quorumLeaders, epoch, id, () => `epoch ${epoch} of the quorum, as node ${node} has it,`)
    const { image } = metadata
    if (image.offset < 0 || this.#seenOffset.get(metadata) === image.offset) return
    const before = this.#seenOffset.get(metadata) ?? -1
    if (image.offset < before) {
      throw new Violation(`the committed metadata of node ${node} went back from ${before} to ${image.offset}`)
    }
    this.#seenOffset.set(metadata, image.offset)
    this.#checkImage(node, image)
  }

  #checkImage(node: number, image: MetadataImage): void {
    const text = imageText(image)
    const known = this.#images.get(image.offset)
    if (known === undefined) this.#images.set(image.offset, text)
    else {
      for (const [part, value] of Object.entries(text)) {
        const other = known[part as keyof ImageText]
        if (other === value) continue
        throw new Violation(
          `at metadata offset ${image.offset} ${part} of node ${node} are ${value}, elsewhere ${other}`,
        )
      }
      return
    }
    for (const topic of image.topics.values()) {
      for (const partition of topic.partitions) {
        if (partition !== undefined) this.#checkPartition(`${topic.name}-${partition.partition}`, topic.id, partition)
      }
    }
  }

  #checkPartition(name: string, topicId: string, partition: PartitionImage): void {
    const { replicas, isr, elr, leader, leaderEpoch } = partition
    const strangers = [...isr, ...elr].filter((id) => !replicas.includes(id))
    if (strangers.length > 0)
      throw new Violation(`${name}: ISR ${isr} and ELR ${elr} are not of the replicas ${replicas}`)
    if (new Set([...isr, ...elr]).size !== isr.length + elr.length) {
      throw new Violation(`${name}: somebody is twice in ISR ${isr} and ELR ${elr}`)
    }
    if (leader < 0) return
    if (!isr.includes(leader)) throw new Violation(`${name}: its leader ${leader} is not in the ISR ${isr}`)
    one(this.#leaders, `${topicId}-${partition.partition} ${leaderEpoch}`, leader, () => `${name} epoch ${leaderEpoch}`)
  }

  #checkReplica(node: number, replica: Replica): void {
    if (!replica.isLeader) return
    const { topicId, partition, leaderEpoch, log, isr, replicas } = replica
    const { highWatermark, lastStableOffset } = log
    const name = `${replica.topic}-${partition}`
    const key = `${topicId}-${partition}`
    const before = this.#marks.get(replica)
    if (before === undefined || before.leaderEpoch !== leaderEpoch) {
      one(this.#leaders, `${key} ${leaderEpoch}`, node, () => `${name} epoch ${leaderEpoch}`)
      this.#checkNewLeader(node, name, key, replica)
    } else {
      if (highWatermark === before.highWatermark && lastStableOffset === before.lastStableOffset) return
      if (highWatermark < before.highWatermark || lastStableOffset < before.lastStableOffset) {
        throw new Violation(
          `${name} on its leader ${node}: high watermark and last stable offset went from ` +
            `${before.highWatermark}, ${before.lastStableOffset} to ${highWatermark}, ${lastStableOffset}`,
        )
      }
    }
    if (isr.some((id) => !replicas.includes(id))) throw new Violation(`${name} on ${node}: ISR ${isr} of ${replicas}`)
    if (highWatermark > log.logEndOffset) throw new Violation(`${name} on ${node}: committed beyond its end`)
    this.#marks.set(replica, { leaderEpoch, highWatermark, lastStableOffset })
    const committed = this.#committed.get(key) ?? new Map<number, number>()
    this.#committed.set(key, committed.set(leaderEpoch, highWatermark))
  }

  /** Whoever is elected has everything that any leader before it said to be committed. It may learn late that it was. */
  #checkNewLeader(node: number, name: string, key: string, { log, leaderEpoch }: Replica): void {
    for (const [epoch, committed] of this.#committed.get(key) ?? []) {
      if (epoch >= leaderEpoch || log.logEndOffset >= committed) continue
      throw new Violation(
        `${name}: node ${node} leads in epoch ${leaderEpoch} with records up to ${log.logEndOffset}, ` +
          `in epoch ${epoch} they were committed up to ${committed}`,
      )
    }
  }
}

function one<K>(leaders: Map<K, number>, of: K, id: number, what: () => string): void {
  const known = leaders.get(of)
  if (known === undefined) leaders.set(of, id)
  else if (known !== id) throw new Violation(`${what()} has two leaders, ${known} and ${id}`)
}
