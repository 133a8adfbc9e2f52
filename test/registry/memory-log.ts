import { KafkaError } from '../../src/base/errors.ts'
import type { TopicId } from '../../src/base/ids.ts'
import type { Forward, LoggedRecord, LogPiece, LogPlace, SchemaLog } from '../../src/registry/ports.ts'
import { NotForwarded } from '../../src/registry/ports.ts'
import type { TopicRecord } from '../../src/registry/records.ts'
import type { Registry } from '../../src/registry/registry.ts'

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ' as TopicId

/** The log of a cluster in memory: one broker leads, and what it appended is lost with it where it was not committed. */
export class ClusterLog {
  readonly records: LoggedRecord[] = []
  exists = false
  /** So many attempts to make the topic find no broker for its replicas. */
  refusals = 0
  leader = 1
  /** The next append is written and then lost with its leader, or its answer is. */
  #trouble: 'lost' | 'unanswered' | undefined
  readonly #listeners = new Set<() => void>()
  readonly registries = new Map<number, Registry>()

  elect(leader: number): void {
    this.leader = leader
    this.changed()
  }

  trouble(kind: 'lost' | 'unanswered'): void {
    this.#trouble = kind
  }

  changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  /** As the broker of this id sees it. */
  of(id: number): SchemaLog {
    return {
      place: (): LogPlace | undefined =>
        this.exists ? { topicId: TOPIC_ID, leader: this.leader, isHere: this.leader === id } : undefined,
      read: (_place, from, signal) => this.#read(from, signal),
      start: async () => 0,
      end: async () => this.records.length,
      ownEnd: () => {
        if (this.leader !== id) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
        return this.records.length
      },
      committed: async () => {},
      append: (records, at) => this.#append(id, records, at),
      create: async () => {
        if (this.refusals-- > 0) throw new KafkaError('INVALID_REPLICATION_FACTOR', 'all brokers are fenced')
        this.exists = true
        this.changed()
      },
      onMoved: (listener) => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
    }
  }

  async #read(from: number, signal: AbortSignal): Promise<LogPiece> {
    if (from > this.records.length) throw new KafkaError('OFFSET_OUT_OF_RANGE')
    if (from === this.records.length) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.#listeners.delete(done)
          resolve()
        }
        this.#listeners.add(done)
        signal.addEventListener('abort', done, { once: true })
      })
    }
    return { records: this.records.slice(from), nextOffset: this.records.length }
  }

  async #append(id: number, records: readonly TopicRecord[], at: number): Promise<number> {
    if (this.leader !== id) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    if (this.records.length !== at) throw new KafkaError('OFFSET_OUT_OF_RANGE')
    const trouble = this.#trouble
    this.#trouble = undefined
    if (trouble !== 'lost') this.records.push(...records.map((record) => ({ ...record, timestamp: 1 })))
    if (trouble !== undefined) {
      this.elect((id % 3) + 1)
      throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    }
    this.changed()
    return this.records.length
  }

  /** Asks the registry of another broker as HTTP would. */
  readonly forward: Forward = async (broker, { path, body }) => {
    const registry = this.registries.get(broker)
    const subject = /^\/subjects\/([^/]+)\/versions/.exec(path)?.[1]
    if (registry === undefined || subject === undefined) throw new NotForwarded('nobody is there', false)
    try {
      const made = await registry.register(
        decodeURIComponent(subject),
        body as Parameters<Registry['register']>[1],
        { normalize: false, force: false },
        { isForwarded: true },
      )
      return { status: 200, body: { ...made } }
    } catch (error) {
      const { status, code, message } = error as { status: number; code: number; message: string }
      return { status, body: { error_code: code, message } }
    }
  }
}
