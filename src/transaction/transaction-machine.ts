import { unreachable } from '../base/assert.ts'
import { ErrorCode, KafkaError } from '../base/errors.ts'
import type { Decision, Machine, Reply, Token } from '../base/machine.ts'
import type {
  AddPartitionsCommand,
  DescribedTransaction,
  ListCommand,
  ListedTransaction,
  MarkersDue,
  TransactionCommand,
  TransactionReply,
  TransactionWork,
} from './commands.ts'
import { NEEDS_PRODUCER_ID } from './commands.ts'
import { decideAbortTimedOut, decideEnd } from './end.ts'
import { type Decided, decideInit } from './init.ts'
import { comesEarly, decideAddPartitions, verify } from './partition-commands.ts'
import { type TransactionRecord, valueVersionAt } from './records.ts'
import { isExpired, isPrepared, isTimedOut, type Transaction, type TransactionState } from './transaction.ts'
import { completed } from './transitions.ts'

export interface TransactionSettings {
  /** transaction.abort.timed.out.transaction.cleanup.interval.ms */
  readonly abortTimedOutIntervalMs: number
  /** transactional.id.expiration.ms */
  readonly idExpirationMs: number
  /** transaction.remove.expired.transaction.cleanup.interval.ms */
  readonly removeExpiredIntervalMs: number
}

/** Of tombstones in one batch, so that it surely fits. */
const MAX_EXPIRED_BYTES = 64 * 1024
const TOMBSTONE_OVERHEAD = 64

/**
 * The transactions of one partition of `__transaction_state`. An error of a request is thrown as a KafkaError, before
 * anything has changed; what a command decides changes nothing before it is replayed. What has to be done outside (markers
 * to be written, transactions to be aborted for their age, which may take a new producer id) is the answer to `watch`, and
 * so told only when the decision is committed.
 */
export class TransactionMachine implements Machine<TransactionCommand, TransactionRecord, TransactionReply> {
  readonly #settings: TransactionSettings
  readonly #transactions = new Map<string, Transaction>()
  /** Of transactions that are decided and not complete: where the decision is. */
  readonly #decided = new Map<string, number>()
  /** Transactional ids to be forgotten. */
  readonly #expired: string[] = []
  #work: TransactionWork[] = []
  #watcher: Token | undefined
  /** Partitions for transactions that can't begin before the last one of their producer is complete. */
  readonly #early: { readonly command: AddPartitionsCommand; readonly token: Token; untilMs: number }[] = []
  #hasCompleted = false
  /** Not while it is loaded: what is still to be done is known when all is. */
  #isLive = false
  #nextAbortMs = Number.POSITIVE_INFINITY
  #nextExpiryMs = Number.POSITIVE_INFINITY

  constructor(settings: TransactionSettings) {
    this.#settings = settings
  }

  loaded(nowMs: number): void {
    this.#isLive = true
    this.#nextAbortMs = nowMs + this.#settings.abortTimedOutIntervalMs
    this.#nextExpiryMs = nowMs + this.#settings.removeExpiredIntervalMs
  }

  /** When a transaction began stays the time of day that the log has, as with Kafka. */
  clockMoved(byMs: number): void {
    this.#nextAbortMs += byMs
    this.#nextExpiryMs += byMs
    for (const early of this.#early) early.untilMs += byMs
  }

  replay({ transactionalId, value }: TransactionRecord, offset: number): void {
    if (value === null) this.#transactions.delete(transactionalId)
    else this.#transactions.set(transactionalId, value)
    if (value !== null && isPrepared(value)) {
      this.#decided.set(transactionalId, offset)
      if (this.#isLive) this.#work.push(markersOf(value, offset))
    } else {
      this.#decided.delete(transactionalId)
      this.#hasCompleted = this.#early.length > 0
    }
  }

  handle(command: TransactionCommand, token: Token, nowMs: number): Decision<TransactionRecord, TransactionReply> {
    switch (command.type) {
      case 'init':
        return this.#take(decideInit(this.#transactions.get(command.transactionalId), command, nowMs), command, token)
      case 'addPartitions': {
        if (comesEarly(this.#transactions.get(command.transactionalId), command)) {
          this.#early.push({ command, token, untilMs: nowMs + command.patienceMs })
          return { records: [], replies: [] }
        }
        return this.#addPartitions(command, token, nowMs)
      }
      case 'verify':
        return answer(token, verify(this.#transactions.get(command.transactionalId), command))
      case 'end':
        return this.#take(decideEnd(this.#transactions.get(command.transactionalId), command, nowMs), command, token)
      case 'abortTimedOut': {
        const decided = decideAbortTimedOut(this.#transactions.get(command.transactionalId), command, nowMs)
        return this.#take(decided, command, token)
      }
      case 'complete': {
        const known = this.#transactions.get(command.transactionalId)
        const isIt = this.#decided.get(command.transactionalId) === command.decidedAt
        const value = known !== undefined && isIt ? completed(known, nowMs) : undefined
        return this.#take({ value, reply: null }, command, token)
      }
      case 'describe':
        return answer(token, describe(command.transactionalId, this.#transactions.get(command.transactionalId)))
      case 'list':
        return answer(token, this.#list(command, nowMs))
      case 'countStates':
        return answer(token, this.#countStates())
      case 'watch': {
        const before = this.#watcher
        this.#watcher = token
        if (command.anew) this.#work = this.#allMarkers()
        return { records: [], replies: before === undefined ? [] : [{ to: before, reply: [] }] }
      }
      default:
        return unreachable(command)
    }
  }

  #addPartitions(command: AddPartitionsCommand, token: Token, nowMs: number) {
    const value = decideAddPartitions(this.#transactions.get(command.transactionalId), command, nowMs)
    return this.#take({ value, reply: ErrorCode.NONE }, command, token)
  }

  /** The first that can be answered: its transaction is complete, or its time is over. */
  #answerEarly(nowMs: number): Decision<TransactionRecord, TransactionReply> {
    const index = this.#early.findIndex(({ command, untilMs }) => {
      return untilMs <= nowMs || !comesEarly(this.#transactions.get(command.transactionalId), command)
    })
    this.#hasCompleted = false
    const [early] = index < 0 ? [] : this.#early.splice(index, 1)
    if (early === undefined) return { records: [], replies: [] }
    this.#hasCompleted = this.#early.length > 0
    try {
      return this.#addPartitions(early.command, early.token, nowMs)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return answer(early.token, error.code)
    }
  }

  #take(
    decided: Decided<TransactionReply>,
    { serverVersion }: { readonly serverVersion: number },
    to: Token,
  ): Decision<TransactionRecord, TransactionReply> {
    if (decided === undefined) return answer(to, NEEDS_PRODUCER_ID)
    const { value, reply } = decided
    if (value === undefined) return answer(to, reply)
    const { transactionalId } = value
    const record = { transactionalId, value, valueVersion: valueVersionAt(serverVersion) }
    return { records: [record], replies: [{ to, reply }] }
  }

  #allMarkers(): MarkersDue[] {
    return [...this.#decided].flatMap(([id, offset]) => {
      const decided = this.#transactions.get(id)
      return decided === undefined ? [] : [markersOf(decided, offset)]
    })
  }

  get #hasNews(): boolean {
    return this.#watcher !== undefined && this.#work.length > 0
  }

  #tellWork(): Reply<TransactionReply>[] {
    if (this.#watcher === undefined || this.#work.length === 0) return []
    const told = { to: this.#watcher, reply: this.#work }
    this.#watcher = undefined
    this.#work = []
    return [told]
  }

  deadlineMs(): number {
    if (this.#expired.length > 0 || this.#hasCompleted || this.#hasNews) return 0
    const early = this.#early.reduce((soonest, { untilMs }) => Math.min(soonest, untilMs), Number.POSITIVE_INFINITY)
    return Math.min(this.#nextAbortMs, this.#nextExpiryMs, early)
  }

  tick(nowMs: number): Decision<TransactionRecord, TransactionReply> {
    if (nowMs >= this.#nextAbortMs) this.#lookForTimedOut(nowMs)
    if (nowMs >= this.#nextExpiryMs) this.#lookForExpired(nowMs)
    const { records, replies } = this.#answerEarly(nowMs)
    return { records: [...records, ...this.#tombstones(nowMs)], replies: [...replies, ...this.#tellWork()] }
  }

  #lookForTimedOut(nowMs: number): void {
    this.#nextAbortMs = nowMs + this.#settings.abortTimedOutIntervalMs
    const told = new Set(this.#work.map((work) => (work.kind === 'timedOut' ? work.transactionalId : '')))
    for (const transaction of this.#transactions.values()) {
      const { transactionalId, producerId } = transaction
      if (!isTimedOut(transaction, nowMs) || told.has(transactionalId)) continue
      this.#work.push({ kind: 'timedOut', transactionalId, producerId })
    }
  }

  #lookForExpired(nowMs: number): void {
    this.#nextExpiryMs = nowMs + this.#settings.removeExpiredIntervalMs
    if (this.#expired.length > 0) return
    for (const transaction of this.#transactions.values()) {
      if (isExpired(transaction, nowMs, this.#settings.idExpirationMs)) this.#expired.push(transaction.transactionalId)
    }
  }

  #tombstones(nowMs: number): TransactionRecord[] {
    const records: TransactionRecord[] = []
    let bytes = 0
    while (bytes < MAX_EXPIRED_BYTES) {
      const transactionalId = this.#expired.pop()
      if (transactionalId === undefined) break
      const known = this.#transactions.get(transactionalId)
      if (known === undefined || !isExpired(known, nowMs, this.#settings.idExpirationMs)) continue
      records.push({ transactionalId, value: null, valueVersion: 0 })
      bytes += TOMBSTONE_OVERHEAD + 3 * transactionalId.length
    }
    return records
  }

  #list({ producerIds, states, olderThanMs }: ListCommand, nowMs: number): ListedTransaction[] {
    const found: ListedTransaction[] = []
    for (const { transactionalId, producerId, state, startMs } of this.#transactions.values()) {
      if (producerIds.length > 0 && !producerIds.includes(producerId)) continue
      if (states !== undefined && !states.includes(state)) continue
      if (olderThanMs >= 0 && nowMs - startMs <= olderThanMs) continue
      found.push({ transactionalId, producerId, transactionState: state })
    }
    return found
  }

  #countStates(): Map<TransactionState, number> {
    const counts = new Map<TransactionState, number>()
    for (const { state } of this.#transactions.values()) counts.set(state, (counts.get(state) ?? 0) + 1)
    return counts
  }

  /** The replicated state, in one order: two machines that replayed the same log agree on it. */
  dump(): unknown {
    return [...this.#transactions.values()]
      .sort((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1))
      .map(({ lastProducerEpoch: _, partitions, ...rest }) => ({
        ...rest,
        partitions: [...partitions].map(([topic, indexes]) => `${topic}: ${[...indexes].sort((a, b) => a - b)}`).sort(),
      }))
  }
}

function answer(to: Token, reply: TransactionReply): Decision<TransactionRecord, TransactionReply> {
  return { records: [], replies: [{ to, reply }] }
}

function markersOf(decided: Transaction, decidedAt: number): MarkersDue {
  const { transactionalId, producerId, producerEpoch, partitions, clientVersion } = decided
  const commit = decided.state === 'PrepareCommit'
  return { kind: 'markers', decidedAt, transactionalId, producerId, producerEpoch, commit, partitions, clientVersion }
}

function describe(transactionalId: string, known: Transaction | undefined): DescribedTransaction {
  if (known === undefined) return undescribed(transactionalId, ErrorCode.TRANSACTIONAL_ID_NOT_FOUND)
  return {
    errorCode: ErrorCode.NONE,
    transactionalId,
    transactionState: known.state,
    transactionTimeoutMs: known.timeoutMs,
    transactionStartTimeMs: known.startMs,
    producerId: known.producerId,
    producerEpoch: known.producerEpoch,
    topics: Array.from(known.partitions, ([topic, partitions]) => ({ topic, partitions: [...partitions] })),
  }
}

export function undescribed(transactionalId: string, errorCode: number): DescribedTransaction {
  return {
    errorCode,
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0,
    producerId: 0,
    producerEpoch: 0,
    topics: [],
  }
}
