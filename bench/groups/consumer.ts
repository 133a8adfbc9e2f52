import { setTimeout as delay } from 'node:timers/promises'
import type { Client, Reply } from './client.ts'
import { commitOffsets } from './commit.ts'

type Owned = { readonly topicId: string; readonly partitions: readonly number[] }[]

/** A member of a KIP-848 group: it does at once what it is told. Nothing waits, so members may share a connection. */
export class ConsumerMember {
  readonly #client: Client
  readonly #groupId: string
  readonly #memberId: string
  readonly #topic: string
  #owned: Owned = []
  #hasToTell = false
  epoch = 0

  constructor(client: Client, groupId: string, memberId: string, topic: string) {
    this.#client = client
    this.#groupId = groupId
    this.#memberId = memberId
    this.#topic = topic
  }

  get partitions(): number {
    return this.#owned.reduce((sum, { partitions }) => sum + partitions.length, 0)
  }

  async beat(): Promise<void> {
    const joining = { rebalanceTimeoutMs: 60_000, subscribedTopicNames: [this.#topic], topicPartitions: [] }
    const telling = { topicPartitions: this.#owned }
    const reply: Reply = await this.#client.call('ConsumerGroupHeartbeat', 1, {
      groupId: this.#groupId,
      memberId: this.#memberId,
      memberEpoch: this.epoch,
      ...(this.epoch === 0 ? joining : this.#hasToTell ? telling : {}),
    })
    if (reply.errorCode !== 0) throw new Error(`heartbeat: ${reply.errorCode} ${reply.errorMessage}`)
    this.epoch = reply.memberEpoch
    this.#hasToTell = reply.assignment !== null
    if (reply.assignment) this.#owned = reply.assignment.topicPartitions
  }

  async live(everyMs: number, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.beat()
      if (!this.#hasToTell) await delay(everyMs)
    }
  }

  async commit(topic: string, offset: number): Promise<void> {
    const member = { groupId: this.#groupId, memberId: this.#memberId, generationIdOrMemberEpoch: this.epoch }
    await commitOffsets(this.#client, member, topic, offset)
  }

  async leave(): Promise<void> {
    const body = { groupId: this.#groupId, memberId: this.#memberId, memberEpoch: -1 }
    await this.#client.call('ConsumerGroupHeartbeat', 1, body)
  }
}
