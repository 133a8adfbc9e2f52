import { ErrorCode, errorName } from '../../../src/base/errors.ts'
import { ApiKey } from '../../../src/protocol/apis.ts'
import { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from '../../../src/protocol/messages/add-offsets-to-txn.ts'
import {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
} from '../../../src/protocol/messages/add-partitions-to-txn.ts'
import { EndTxnRequest, EndTxnResponse } from '../../../src/protocol/messages/end-txn.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../../src/protocol/messages/init-producer-id.ts'
import { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from '../../../src/protocol/messages/txn-offset-commit.ts'
import { buildBatch } from '../../../src/record/builder.ts'
import type { Addressing } from '../addressing.ts'
import type { Call } from '../client.ts'
import { findCoordinator } from '../committer.ts'
import { PRODUCE } from '../producer.ts'

const INIT = { key: ApiKey.InitProducerId, request: InitProducerIdRequest, response: InitProducerIdResponse }
const ADD = { key: ApiKey.AddPartitionsToTxn, request: AddPartitionsToTxnRequest, response: AddPartitionsToTxnResponse }
const ADD_OFFSETS = { key: ApiKey.AddOffsetsToTxn, request: AddOffsetsToTxnRequest, response: AddOffsetsToTxnResponse }
const COMMIT = { key: ApiKey.TxnOffsetCommit, request: TxnOffsetCommitRequest, response: TxnOffsetCommitResponse }
const END = { key: ApiKey.EndTxn, request: EndTxnRequest, response: EndTxnResponse }

/** The classic protocol, or the one of KIP-890 in which every transaction has an epoch of its own. */
export type TransactionProtocol = 'classic' | 'bumping'

const VERSIONS = {
  classic: { produce: 11, end: 4, commit: 4 },
  bumping: { produce: 12, end: 5, commit: 5 },
} as const

/** Somebody else has the transactional id, or the coordinator gave up on this client: it has to begin anew. */
export class Fenced extends Error {}

/** This transaction has to be aborted. */
export class MustAbort extends Error {}

export interface ProducerSettings {
  readonly transactionalId: string
  readonly protocol: TransactionProtocol
  readonly timeoutMs: number
  /** How long it tries anything. */
  readonly patienceMs: number
}

const RETRY_MS = 50
/** A leader that was deposed and does not know it has not seen the latest; another has. */
const OUT_OF_ORDER_TRIES = 20
const REQUEST_TIMEOUT_MS = 1500

const { NONE } = ErrorCode
const FATAL: ReadonlySet<number> = new Set([
  ErrorCode.INVALID_PRODUCER_EPOCH,
  ErrorCode.PRODUCER_FENCED,
  ErrorCode.INVALID_PRODUCER_ID_MAPPING,
])
const ABORTABLE: ReadonlySet<number> = new Set([
  ErrorCode.TRANSACTION_ABORTABLE,
  ErrorCode.INVALID_TXN_STATE,
  ErrorCode.UNKNOWN_PRODUCER_ID,
])

/** One incarnation of a producer, as clients write it: it does one thing after the other and tries each until it is sure. */
export class TransactionalProducer {
  readonly #at: Addressing
  readonly #settings: ProducerSettings
  readonly #sequences = new Map<string, number>()
  readonly #added = new Set<string>()
  #id = -1
  #epoch = -1
  #coordinator: number | undefined
  /** Something was sent of which nobody knows what became of it: the epoch must rise before the next transaction. */
  #isUnsure = false

  constructor(at: Addressing, settings: ProducerSettings) {
    this.#at = at
    this.#settings = settings
  }

  get needsInit(): boolean {
    return this.#isUnsure || this.#epoch < 0
  }

  /** Takes the transactional id, from whoever has it; a second time: goes on under a higher epoch (KIP-360). */
  async init(): Promise<void> {
    const { transactionalId, timeoutMs: transactionTimeoutMs } = this.#settings
    await this.#patiently('init', async () => {
      const own = { producerId: this.#id, producerEpoch: this.#epoch }
      const answer = await this.#coordinated(INIT, 4, { transactionalId, transactionTimeoutMs, ...own })
      if (answer === undefined || answer.errorCode !== NONE) return answer?.errorCode
      this.#id = answer.producerId
      this.#epoch = answer.producerEpoch
      return NONE
    })
    this.#sequences.clear()
    this.#added.clear()
    this.#isUnsure = false
  }

  /** The first offset; undefined: they are there, but the broker does not remember where. */
  async send(topic: string, partition: number, values: readonly string[]): Promise<number | undefined> {
    const place = `${topic}-${partition}`
    await this.#add(topic, partition)
    const baseSequence = this.#sequences.get(place) ?? 0
    const { transactionalId, protocol } = this.#settings
    let offset: number | undefined
    let outOfOrder = 0
    await this.#patiently('produce', async () => {
      const leader = await this.#at.leader(topic, partition)
      if (leader === undefined || leader < 0) {
        this.#at.forgetLeader(topic, partition)
        return undefined
      }
      const records = buildBatch({
        producerId: this.#id,
        producerEpoch: this.#epoch,
        baseSequence,
        isTransactional: true,
        records: values.map((value) => ({
          timestamp: this.#at.scheduler.wallMs,
          key: null,
          value: Buffer.from(value),
        })),
      })
      const body = {
        transactionalId,
        acks: -1,
        timeoutMs: REQUEST_TIMEOUT_MS,
        topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
      }
      try {
        const answer = await this.#at.broker(leader, PRODUCE, VERSIONS[protocol].produce, body)
        const result = answer.responses[0]?.partitionResponses[0]
        if (result?.errorCode === NONE) offset = result.baseOffset
        if (result?.errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) return NONE
        if (result?.errorCode === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER && ++outOfOrder >= OUT_OF_ORDER_TRIES) {
          throw new MustAbort('out of order')
        }
        if (result?.errorCode !== NONE) this.#at.forgetLeader(topic, partition)
        return result?.errorCode
      } catch (error) {
        this.#at.forgetLeader(topic, partition)
        throw error
      }
    })
    this.#sequences.set(place, baseSequence + values.length)
    this.#added.add(place)
    return offset
  }

  async #add(topic: string, partition: number): Promise<void> {
    const place = `${topic}-${partition}`
    if (this.#settings.protocol === 'bumping' || this.#added.has(place)) return
    await this.#patiently('add partitions', async () => {
      const answer = await this.#coordinated(ADD, 3, {
        transactions: [],
        v3AndBelowTransactionalId: this.#settings.transactionalId,
        v3AndBelowProducerId: this.#id,
        v3AndBelowProducerEpoch: this.#epoch,
        v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
      })
      return answer?.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode
    })
    this.#added.add(place)
  }

  /** Commits an offset for a group without members, with the transaction. */
  async sendOffset(groupId: string, topic: string, partition: number, offset: number): Promise<void> {
    const { transactionalId, protocol } = this.#settings
    const own = { transactionalId, producerId: this.#id, producerEpoch: this.#epoch, groupId }
    if (protocol === 'classic' && !this.#added.has(groupId)) {
      await this.#patiently('add offsets', async () => (await this.#coordinated(ADD_OFFSETS, 3, own))?.errorCode)
    }
    this.#added.add(groupId)
    const committed = { partitionIndex: partition, committedOffset: offset, committedMetadata: '' }
    let coordinator: number | undefined
    await this.#patiently('commit offsets', async () => {
      coordinator ??= await findCoordinator(this.#at, groupId)
      if (coordinator === undefined) return undefined
      const asked = coordinator
      coordinator = undefined
      const body = { ...own, memberId: '', topics: [{ name: topic, partitions: [committed] }] }
      const answer = await this.#at.broker(asked, COMMIT, VERSIONS[protocol].commit, body)
      coordinator = asked
      const error = answer.topics[0]?.partitions[0]?.errorCode
      if (error !== NONE && error !== ErrorCode.CONCURRENT_TRANSACTIONS) coordinator = undefined
      return error
    })
  }

  /** Asks for the end and doesn't wait to hear of it. */
  endUnheard(commit: boolean): void {
    this.#isUnsure = true
    void this.#end(commit).catch(() => {})
  }

  /** `fail`: not ended like that, and it never will be; `info`: nobody knows. */
  async end(commit: boolean): Promise<'ok' | 'fail' | 'info'> {
    if (this.#added.size === 0) return 'ok'
    let isKnown = true
    try {
      await this.#patiently('end', async () => {
        const wasKnown = isKnown
        isKnown = false
        const answer = await this.#end(commit)
        if (answer === undefined) {
          isKnown = wasKnown
          return undefined
        }
        const { errorCode, producerId, producerEpoch } = answer
        if (errorCode === ErrorCode.CONCURRENT_TRANSACTIONS || FATAL.has(errorCode) || ABORTABLE.has(errorCode)) {
          isKnown = wasKnown
        }
        if (errorCode === NONE && this.#settings.protocol === 'bumping') this.#goesOn(producerId, producerEpoch)
        return errorCode
      })
      this.#added.clear()
      return 'ok'
    } catch (error) {
      if (!(error instanceof Fenced || error instanceof MustAbort)) throw error
      this.#isUnsure = true
      return isKnown ? 'fail' : 'info'
    }
  }

  #end(committed: boolean) {
    const { transactionalId, protocol } = this.#settings
    const body = { transactionalId, producerId: this.#id, producerEpoch: this.#epoch, committed }
    return this.#coordinated(END, VERSIONS[protocol].end, body)
  }

  #goesOn(producerId: number, producerEpoch: number): void {
    this.#id = producerId
    this.#epoch = producerEpoch
    this.#sequences.clear()
  }

  async #coordinated<Req, ReqIn, Res extends { readonly errorCode?: number }, ResIn>(
    call: Call<Req, ReqIn, Res, ResIn>,
    version: number,
    body: ReqIn,
  ): Promise<Res | undefined> {
    this.#coordinator ??= await findCoordinator(this.#at, this.#settings.transactionalId, 1)
    const coordinator = this.#coordinator
    if (coordinator === undefined) return undefined
    this.#coordinator = undefined
    const answer = await this.#at.broker(coordinator, call, version, body)
    if (answer.errorCode === undefined || answer.errorCode === NONE) this.#coordinator = coordinator
    return answer
  }

  /** Until it is done, or there is no use in trying. */
  async #patiently(what: string, attempt: () => Promise<number | undefined>): Promise<void> {
    const { scheduler } = this.#at
    const end = scheduler.elapsedMs + this.#settings.patienceMs
    for (;;) {
      let code: number | undefined
      try {
        code = await attempt()
      } catch (error) {
        if (error instanceof MustAbort) {
          this.#isUnsure = true
          throw error
        }
      }
      if (code === NONE) return
      const name = code === undefined ? 'no answer' : errorName(code)
      if (code !== undefined && FATAL.has(code)) throw new Fenced(`${what}: ${name}`)
      if (code !== undefined && ABORTABLE.has(code)) {
        this.#isUnsure = true
        throw new MustAbort(`${what}: ${name}`)
      }
      if (code !== ErrorCode.CONCURRENT_TRANSACTIONS) this.#isUnsure = true
      if (scheduler.elapsedMs > end) throw new MustAbort(`${what} takes too long: ${name}`)
      await this.#at.sleep(RETRY_MS)
    }
  }
}
