import { setTimeout as delay } from 'node:timers/promises'
import { Client } from './client.ts'
import { commitOffsets } from './commit.ts'

const [UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS, MEMBER_ID_REQUIRED] = [25, 22, 27, 79]
const ASSIGNMENT = Buffer.alloc(100)

/** A member of a classic group on a connection of its own: joins are answered when all have come. */
export class ClassicMember {
  readonly #client: Client
  readonly #groupId: string
  readonly #metadata: Buffer
  #memberId = ''
  generation = -1
  /** How many members its generation has; only the leader knows. */
  size = 0
  isStable = false

  private constructor(client: Client, groupId: string, metadata: Buffer) {
    this.#client = client
    this.#groupId = groupId
    this.#metadata = metadata
  }

  static async create(port: number, groupId: string, metadata: Buffer): Promise<ClassicMember> {
    return new ClassicMember(await Client.to(port), groupId, metadata)
  }

  /** Until it has an assignment. */
  async join(): Promise<void> {
    this.isStable = false
    for (;;) {
      const joined = await this.#client.call('JoinGroup', 9, {
        groupId: this.#groupId,
        sessionTimeoutMs: 60_000,
        rebalanceTimeoutMs: 60_000,
        memberId: this.#memberId,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: this.#metadata }],
      })
      if (joined.errorCode === MEMBER_ID_REQUIRED) this.#memberId = joined.memberId
      else if (joined.errorCode === UNKNOWN_MEMBER_ID) this.#memberId = ''
      else if (joined.errorCode === 0) {
        this.#memberId = joined.memberId
        this.generation = joined.generationId
        this.size = joined.members.length
        const assignments = joined.members.map(({ memberId }: { memberId: string }) => ({
          memberId,
          assignment: ASSIGNMENT,
        }))
        const synced = await this.#client.call('SyncGroup', 5, {
          ...this.#me(),
          protocolType: 'consumer',
          protocolName: 'range',
          assignments,
        })
        if (synced.errorCode === 0) break
        if (synced.errorCode !== REBALANCE_IN_PROGRESS) throw new Error(`sync: ${synced.errorCode}`)
      } else throw new Error(`join: ${joined.errorCode}`)
    }
    this.isStable = true
  }

  #me() {
    return { groupId: this.#groupId, memberId: this.#memberId, generationId: this.generation }
  }

  /** Heartbeats, and joins again when it has to, until it is told to stop. */
  async live(everyMs: number, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const { errorCode } = await this.#client.call('Heartbeat', 4, this.#me())
      if (errorCode === REBALANCE_IN_PROGRESS || errorCode === ILLEGAL_GENERATION) await this.join()
      else if (errorCode !== 0) throw new Error(`heartbeat: ${errorCode}`)
      else await delay(everyMs)
    }
  }

  async commit(topic: string, offset: number): Promise<void> {
    const member = { groupId: this.#groupId, memberId: this.#memberId, generationIdOrMemberEpoch: this.generation }
    await commitOffsets(this.#client, member, topic, offset)
  }

  async leave(): Promise<void> {
    await this.#client.call('LeaveGroup', 5, { groupId: this.#groupId, members: [{ memberId: this.#memberId }] })
  }

  close(): void {
    this.#client.close()
  }
}

/** The consumer protocol's subscription, version 0. */
export function subscription(topic: string): Buffer {
  const name = Buffer.from(topic)
  const noData = Buffer.from([0xff, 0xff, 0xff, 0xff])
  return Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1, 0, name.length]), name, noData])
}
