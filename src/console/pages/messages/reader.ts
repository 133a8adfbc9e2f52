import type { Message, MessagesLine, MessagesQuery } from '../../../http/console/api.ts'
import { stream } from '../../kit/api.ts'
import { store } from '../../kit/store.ts'
import { bytesOf } from './data.ts'
import { schemaIdOf } from './decode.ts'
import { type Filter, openFilter } from './filter.ts'
import { loadSchema } from './schemas.ts'

/** What to read, as the person chose it. */
export interface Wanted {
  readonly topic: string
  readonly query: MessagesQuery
  /** Empty: all. */
  readonly filter: string
  /** How many messages are kept at most; of a tail the newest. */
  readonly most: number
  readonly hasRegistry: boolean
}

export interface Reading {
  readonly messages: readonly Message[]
  readonly state: 'reading' | 'live' | 'paused' | 'done' | 'stopped' | 'failed'
  readonly scanned: number
  readonly bytes: number
  /** There may be more behind what was read. */
  readonly more: boolean
  readonly error?: unknown
  /** Messages for which the filter threw, and what for the first. */
  readonly failed: number
  readonly problem?: string
}

const NOTHING: Reading = { messages: [], state: 'reading', scanned: 0, bytes: 0, more: false, failed: 0 }
const SHOW_EVERY_MS = 120
/** Of each key and value so much is kept; the whole is asked for when a message is opened. */
const KEPT_BYTES = 16_384
/** Of base64: four for three bytes. */
const KEPT_CHARACTERS = Math.ceil(KEPT_BYTES / 3) * 4
const FILTERED_BYTES = 1_048_576
const BATCH = 200

/**
 * Reads messages of a topic as they come: shows them in batches, filters them in the sandbox, keeps a bounded number. A tail that is
 * paused goes on later where it was.
 */
export class MessageReader {
  readonly reading = store<Reading>(NOTHING)
  readonly #wanted: Wanted
  #filter: Filter | undefined
  #abort: AbortController | undefined
  /** Where it goes on, by partition. */
  readonly #next = new Map<number, number>()
  #pending: Message[] = []
  #shown: Message[] = []
  #scanned = 0
  #bytes = 0
  #failed = 0
  #problem: string | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(wanted: Wanted) {
    this.#wanted = wanted
  }

  start(): void {
    void this.#run(this.#wanted.query)
  }

  /** Also when nobody looks any more. */
  close(): void {
    this.#closed = true
    this.#abort?.abort()
    clearTimeout(this.#timer)
    this.#filter?.close()
  }

  stop(): void {
    this.#abort?.abort()
    this.#say(this.#wanted.query.tail === true ? 'paused' : 'stopped', { more: true })
  }

  /** Goes on where a tail was paused, or where the limit was. */
  goOn(): void {
    const { query } = this.#wanted
    const { from: _from, offset: _offset, timestamp: _timestamp, offsets: _offsets, ...rest } = query
    if (this.#next.size === 0) void this.#run(query)
    else
      void this.#run({ ...rest, from: 'offsets', offsets: [...this.#next].map((place) => place.join(':')).join(',') })
  }

  async #run(query: MessagesQuery): Promise<void> {
    const { topic, filter } = this.#wanted
    const abort = new AbortController()
    this.#abort = abort
    this.#say(query.tail === true ? 'live' : 'reading', { more: false })
    try {
      if (filter.trim() !== '') this.#filter ??= await openFilter(filter)
      const maxBytes = this.#filter === undefined ? KEPT_BYTES : FILTERED_BYTES
      for await (const line of stream(
        'GET /api/topics/:topic/messages',
        { topic, query: { ...query, maxBytes } },
        abort.signal,
      )) {
        const isOver = await this.#take(line)
        if (abort.signal.aborted) return
        if (isOver) break
      }
      await this.#sift()
      if (this.reading.get().state === 'live' || this.reading.get().state === 'reading') this.#say('done', {})
    } catch (error) {
      if (!abort.signal.aborted) this.#say('failed', { error })
    } finally {
      abort.abort()
    }
  }

  /** True: nothing more is wanted. */
  async #take(line: MessagesLine): Promise<boolean> {
    if (line.type === 'record') {
      this.#pending.push(line)
      this.#next.set(line.partition, line.offset + 1)
      this.#scanned += 1
      this.#bytes += line.sizeInBytes
      if (this.#pending.length >= BATCH) await this.#sift()
      return this.#isFull()
    }
    if (line.type === 'error') {
      this.#say('failed', { error: new Error(line.error.message) })
      return true
    }
    for (const place of line.next.split(',')) {
      const [partition = NaN, offset = NaN] = place.split(':').map(Number)
      if (Number.isFinite(offset)) this.#next.set(partition, offset)
    }
    await this.#sift()
    if (line.type === 'end') {
      this.#say('done', { more: line.reason === 'limit' })
      return true
    }
    return this.#isFull()
  }

  #isFull(): boolean {
    const { query, most } = this.#wanted
    const isEnough =
      this.#filter !== undefined && query.tail !== true && query.from !== 'last' && this.#shown.length >= most
    if (isEnough) this.#say('done', { more: true })
    return isEnough
  }

  /** What the filter lets through is shown. */
  async #sift(): Promise<void> {
    const batch = this.#pending
    this.#pending = []
    if (batch.length === 0) {
      this.#showSoon()
      return
    }
    let found: readonly Message[] = batch
    if (this.#filter !== undefined) {
      if (this.#wanted.hasRegistry) await Promise.all(schemaIds(batch).map(loadSchema))
      const answer = await this.#filter.matches(batch, this.#wanted.hasRegistry)
      found = batch.filter((_message, at) => answer.found[at])
      this.#failed += answer.failed
      this.#problem ??= answer.problem
    }
    for (const message of found) this.#shown.push(light(message))
    const { most } = this.#wanted
    if (this.#shown.length > most) this.#shown = this.#shown.slice(-most)
    this.#showSoon()
  }

  #showSoon(): void {
    if (this.#closed) return
    // Soon when nothing is shown yet, at ease afterwards.
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined
        this.#say(this.reading.get().state, {})
      },
      this.reading.get().messages.length === 0 ? 0 : SHOW_EVERY_MS,
    )
  }

  #say(state: Reading['state'], more: Partial<Reading>): void {
    if (this.#closed) return
    const { error: _error, ...before } = this.reading.get()
    this.reading.set({
      ...before,
      messages: this.#shown.slice(),
      scanned: this.#scanned,
      bytes: this.#bytes,
      failed: this.#failed,
      ...(this.#problem !== undefined && { problem: this.#problem }),
      state,
      ...more,
    })
  }
}

function schemaIds(messages: readonly Message[]): readonly number[] {
  const found = new Set<number>()
  for (const { key, value } of messages) {
    for (const part of [key, value]) {
      // `AA` begins with a byte of 0 or more of a next one; only few others are looked at in vain.
      const id = part?.base64.startsWith('A') ? schemaIdOf(bytesOf(part.base64.slice(0, 8))) : undefined
      if (id !== undefined) found.add(id)
    }
  }
  return [...found]
}

function light(message: Message): Message {
  const cut = (part: Message['value']): Message['value'] =>
    part === null || part.base64.length <= KEPT_CHARACTERS
      ? part
      : { ...part, base64: part.base64.slice(0, KEPT_CHARACTERS), cut: true }
  return { ...message, key: cut(message.key), value: cut(message.value) }
}
