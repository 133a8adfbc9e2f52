import type { Clock } from '../io/ports.ts'
import { leaderUnknown, schemaTooLarge, storeFailed, timedOut } from './errors.ts'
import type { Knowledge } from './lookup.ts'
import type { SchemaParser } from './parser.ts'
import { isKafkaError, type LogPlace, type SchemaLog } from './ports.ts'
import { encodeChange, SCHEMAS_TOPIC } from './records.ts'
import type { Decision } from './register.ts'
import { messageOf, type SchemaTail } from './tail.ts'

/** Another broker leads the partition. */
export class LedElsewhere extends Error {
  override readonly name = 'LedElsewhere'
  readonly leader: number

  constructor(leader: number) {
    super(`broker ${leader} leads ${SCHEMAS_TOPIC}`)
    this.leader = leader
  }
}

const WRITE_MS = 30_000
const PAUSE_MS = 100
/** Of what is decided and where it is appended: it is tried again. */
const PASSING: ReadonlySet<string> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'OFFSET_OUT_OF_RANGE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'FENCED_LEADER_EPOCH',
])

/** No broker may have replicas yet: at its start one serves the registry before it is registered and let in. */
const NOT_YET: ReadonlySet<string> = new Set(['INVALID_REPLICATION_FACTOR', 'NOT_CONTROLLER'])

export interface WriterOptions {
  readonly log: SchemaLog
  readonly tail: SchemaTail
  readonly parser: SchemaParser
  readonly clock: Clock
}

/**
 * Writes where the partition is led: one decision after another, each made of everything that the log has, and appended only
 * where the log still ends there. So nobody's record comes between, ids are given once, and who leads no more can't write:
 * what is not committed by the other replicas is never answered.
 */
export class SchemaWriter {
  readonly #options: WriterOptions
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /** @throws RegistryError, LedElsewhere */
  write<T>(decide: (knowledge: Knowledge) => Decision<T>): Promise<T> {
    const turn = this.#last.then(() => this.#write(decide))
    this.#last = turn.catch(() => {})
    return turn
  }

  async #write<T>(decide: (knowledge: Knowledge) => Decision<T>): Promise<T> {
    const { log, tail, clock } = this.#options
    const deadline = clock.monotonic() + WRITE_MS
    let why = 'nobody leads it'
    while (clock.monotonic() < deadline) {
      const place = log.place()
      if (place === undefined) why = (await this.#create()) ?? why
      else if (place.leader >= 0 && !place.isHere) throw new LedElsewhere(place.leader)
      else if (place.isHere) {
        const done = await this.#attempt(place, decide, deadline - clock.monotonic())
        if ('answer' in done) return done.answer
        why = done.why
      }
      await tail.moved(PAUSE_MS)
    }
    throw leaderUnknown(`The topic ${SCHEMAS_TOPIC} can not be written at present: ${why}`)
  }

  /** Why it can't be made yet; nothing where it was. */
  async #create(): Promise<string | undefined> {
    try {
      await this.#options.log.create()
      return undefined
    } catch (error) {
      if (isKafkaError(error) && NOT_YET.has(error.error)) return error.message
      throw storeFailed(`The topic ${SCHEMAS_TOPIC} can not be made: ${messageOf(error)}`, error)
    }
  }

  async #attempt<T>(
    place: LogPlace,
    decide: (knowledge: Knowledge) => Decision<T>,
    withinMs: number,
  ): Promise<{ readonly answer: T } | { readonly why: string }> {
    const { log, tail, parser } = this.#options
    try {
      const end = log.ownEnd()
      await this.#within(withinMs, log.committed(end))
      await tail.reached(place.topicId, end, withinMs)
      const { changes, answer, at } = await parser.withLanguages(() => {
        const { state, next } = tail
        return { ...decide({ state, parser }), at: next }
      })
      if (changes.length === 0) return { answer }
      const newEnd = await this.#within(withinMs, log.append(changes.map(encodeChange), at))
      await tail.reached(place.topicId, newEnd, withinMs)
      return { answer }
    } catch (error) {
      if (!isKafkaError(error)) throw error
      if (error.error === 'MESSAGE_TOO_LARGE' || error.error === 'RECORD_LIST_TOO_LARGE') throw schemaTooLarge()
      if (PASSING.has(error.error)) return { why: error.message }
      throw storeFailed(`The topic ${SCHEMAS_TOPIC} can not be written: ${error.message}`, error)
    }
  }

  #within<T>(ms: number, work: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const late = () =>
      reject(timedOut(`The topic ${SCHEMAS_TOPIC} has too few replicas in sync: the write may come later`))
    const timer = this.#options.clock.after(ms, late)
    work.then(resolve, reject).finally(() => timer.cancel())
    return promise
  }
}
