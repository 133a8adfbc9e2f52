import { KafkaError } from '../../base/errors.ts'
import type { Uuid } from '../../base/ids.ts'
import type { Clock, Logger } from '../../io/ports.ts'
import { AcknowledgeMetrics } from '../../metrics/share-metrics.ts'
import { type ShareSession, ShareSessions } from '../../share/sessions.ts'
import type { SharePartitionSettings } from '../../share/share-partition.ts'
import { shareKeyText } from '../../share/state-records.ts'
import type { Replica, ReplicaRegistry } from '../replicas.ts'
import { HeldPartition } from './held-partition.ts'
import type { ShareStateCoordinator } from './share-state-coordinator.ts'

/** What a share group's own configs, and the broker's, say. */
export interface ShareGroupConfigs extends SharePartitionSettings {
  /** share.isolation.level */
  readonly committedOnly: boolean
  /** share.auto.offset.reset; a number: so many ms ago. */
  readonly offsetReset: 'latest' | 'earliest' | number
}

export interface SharePartitionsOptions {
  readonly replicas: ReplicaRegistry
  readonly states: Pick<ShareStateCoordinator, 'ask'>
  readonly configOf: (groupId: string) => ShareGroupConfigs
  /** group.share.max.share.sessions */
  readonly maxSessions: number
  readonly clock: Clock
  readonly logger: Logger
}

/** The share partitions that members fetch from this broker, and their sessions. */
export class SharePartitions {
  readonly sessions: ShareSessions
  readonly acknowledged = new AcknowledgeMetrics()
  readonly #options: SharePartitionsOptions
  readonly #held = new Map<string, { readonly groupId: string; readonly held: HeldPartition }>()

  constructor(options: SharePartitionsOptions) {
    this.#options = options
    this.sessions = new ShareSessions(options.maxSessions)
    options.replicas.onLeadership((replica) => this.#roleChanged(replica))
  }

  configOf(groupId: string): ShareGroupConfigs {
    return this.#options.configOf(groupId)
  }

  /** @throws KafkaError where this broker does not lead the partition */
  open(groupId: string, topicId: Uuid, topic: string, partition: number): HeldPartition {
    const key = { groupId, topicId, partition }
    const text = shareKeyText(key)
    const known = this.#held.get(text)
    if (known) return known.held
    const { replicas, states, clock, logger } = this.#options
    const replica = replicas.requireLeader(topic, partition)
    const held = new HeldPartition({
      key,
      replica,
      states,
      settings: () => this.configOf(groupId),
      firstOffset: (of) => this.#firstOffset(groupId, of),
      clock,
      logger,
      onFenced: () => {
        if (this.#held.get(text)?.held === held) this.#held.delete(text)
      },
    })
    this.#held.set(text, { groupId, held })
    return held
  }

  /** How many records of each are fetched and not done with. */
  *inFlight(): Iterable<{ group: string; topic: string; partition: number; records: number }> {
    for (const { groupId: group, held } of this.#held.values()) {
      const { topic, partition } = held.replica
      yield { group, topic, partition, records: held.inFlightCount }
    }
  }

  find(groupId: string, topicId: Uuid, partition: number): HeldPartition | undefined {
    return this.#held.get(shareKeyText({ groupId, topicId, partition }))?.held
  }

  async #firstOffset(groupId: string, { log }: Replica): Promise<number> {
    const { offsetReset } = this.configOf(groupId)
    if (offsetReset === 'latest') return log.highWatermark
    if (offsetReset === 'earliest') return log.logStartOffset
    const found = await log.offsetForTimestamp(this.#options.clock.now() - offsetReset)
    if (found !== undefined && found.offset < log.highWatermark) return found.offset
    throw new KafkaError('OFFSET_NOT_AVAILABLE', `Offset for timestamp ${offsetReset} not found`)
  }

  #roleChanged(replica: Replica): void {
    for (const { held } of [...this.#held.values()]) {
      const isSame = held.replica.topicId === replica.topicId && held.replica.partition === replica.partition
      if (!isSame || (replica.isLeader && held.replica === replica && held.leaderEpoch === replica.leaderEpoch))
        continue
      held.fence(new KafkaError('NOT_LEADER_OR_FOLLOWER'))
    }
  }

  /** What the member holds is given back. */
  async endSession(groupId: string, memberId: string): Promise<void> {
    const session = this.sessions.end(groupId, memberId)
    if (session) await this.#release(session)
  }

  async #release({ groupId, memberId, partitions }: ShareSession): Promise<void> {
    const released = partitions.map(({ topicId, partition }) =>
      this.find(groupId, topicId, partition)?.release(memberId),
    )
    await Promise.allSettled(released)
  }

  /** Its members are gone; partitions of groups that nobody is left of are forgotten, their states are stored. */
  connectionClosed(connectionId: string): void {
    const { groupIds, sessions } = this.sessions.closed(connectionId)
    if (groupIds.length === 0) return
    const ended = sessions.map(({ groupId, memberId }) => this.endSession(groupId, memberId))
    void Promise.all(ended).then(() => {
      const abandoned = new Set(groupIds.filter((groupId) => !this.sessions.hasGroup(groupId)))
      for (const { groupId, held } of [...this.#held.values()]) {
        if (abandoned.has(groupId)) held.fence(new KafkaError('LEADER_NOT_AVAILABLE'))
      }
    })
  }

  close(): void {
    for (const { held } of [...this.#held.values()]) held.fence(new KafkaError('NOT_LEADER_OR_FOLLOWER'))
  }
}
