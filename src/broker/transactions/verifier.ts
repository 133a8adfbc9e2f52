import { type ErrorName, errorName } from '../../base/errors.ts'
import { coordinatorPartition } from '../../base/hash.ts'
import { TRANSACTION_STATE_TOPIC } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { type PeerDirectory, PeerError } from '../../runtime/peers.ts'
import type { TopicPartition } from '../../transaction/partitions.ts'
import {
  type AddPartitionsDeps,
  addToTransaction,
  type TransactionPartitions,
  type TransactionResult,
} from './add-partitions.ts'
import { isGone, type LeaderImage, type LeaderOf, leaderOf } from './leaders.ts'

/**
 * What a request of a client asks for: `add`, to have its partitions added on the way (KIP-890's second part); `verify`, to
 * have it verified that they were; `verifyOld` for clients that don't know TRANSACTION_ABORTABLE.
 */
export type Verifying = 'add' | 'verify' | 'verifyOld'

export interface VerifierOptions {
  readonly nodeId: number
  readonly image: () => LeaderImage
  readonly listenerName: string
  readonly peers: PeerDirectory
  readonly local: AddPartitionsDeps
  /** request.timeout.ms */
  readonly timeoutMs: number
}

export interface InTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

type Errors = ReadonlyMap<string, ErrorName>

interface Waiting {
  readonly asked: TransactionPartitions
  readonly resolve: (result: TransactionResult | ErrorName) => void
}

interface Destination {
  readonly leader: LeaderOf
  waiting: Waiting[]
  isBusy: boolean
}

const PURPOSE = 'txn-verifier'
const API_VERSION = 5
const FIRST_BATCHED_VERSION = 4

export const partitionKey = ({ topic, partition }: TopicPartition): string => `${partition} ${topic}`

/** Asks transaction coordinators whether partitions are part of a transaction, or to make them so, before an append. */
export class TransactionVerifier {
  readonly #options: VerifierOptions
  readonly #destinations = new Map<number, Destination>()

  constructor(options: VerifierOptions) {
    this.#options = options
  }

  /** The partitions, by their keys, that may not be appended to. */
  async check(producer: InTransaction, partitions: readonly TopicPartition[], verifying: Verifying): Promise<Errors> {
    const asked = { ...producer, verifyOnly: verifying !== 'add', topics: byTopic(partitions) }
    const result = await this.#ask(asked)
    const errors = new Map<string, ErrorName>()
    if (typeof result === 'string') {
      for (const partition of partitions) errors.set(partitionKey(partition), result)
      return errors
    }
    for (const { name: topic, resultsByPartition } of result.topicResults) {
      for (const { partitionIndex: partition, partitionErrorCode } of resultsByPartition) {
        if (partitionErrorCode === 0) continue
        errors.set(partitionKey({ topic, partition }), asTold(errorName(partitionErrorCode), verifying))
      }
    }
    return errors
  }

  #ask(asked: TransactionPartitions): Promise<TransactionResult | ErrorName> {
    const { image, listenerName, nodeId, local } = this.#options
    const count = image().topic(TRANSACTION_STATE_TOPIC)?.partitions.length ?? 0
    const partition = count === 0 ? 0 : coordinatorPartition(asked.transactionalId, count)
    const leader = leaderOf(image(), listenerName, TRANSACTION_STATE_TOPIC, partition)
    if (leader === undefined || leader === 'gone') return Promise.resolve('COORDINATOR_NOT_AVAILABLE')
    if (leader.id === nodeId) return addToTransaction(local, asked, API_VERSION)
    let to = this.#destinations.get(leader.id)
    if (to?.leader.address.host !== leader.address.host || to.leader.address.port !== leader.address.port) {
      to = { leader, waiting: [], isBusy: false }
      this.#destinations.set(leader.id, to)
    }
    return this.#enqueue(to, asked)
  }

  #enqueue(to: Destination, asked: TransactionPartitions): Promise<TransactionResult | ErrorName> {
    return new Promise((resolve) => {
      to.waiting.push({ asked, resolve })
      void this.#flush(to)
    })
  }

  /** One request at a time; what comes meanwhile shares the next. */
  async #flush(to: Destination): Promise<void> {
    if (to.isBusy) return
    to.isBusy = true
    await Promise.resolve()
    while (to.waiting.length > 0) {
      const sent = takeOneOfEach(to)
      const results = await this.#send(
        to.leader,
        sent.map(({ asked }) => asked),
      )
      for (const { asked, resolve } of sent) {
        if (typeof results === 'string') resolve(results)
        else {
          const own = results.find(({ transactionalId }) => transactionalId === asked.transactionalId)
          resolve(own ?? 'NETWORK_EXCEPTION')
        }
      }
    }
    to.isBusy = false
  }

  async #send(
    leader: LeaderOf,
    transactions: TransactionPartitions[],
  ): Promise<readonly TransactionResult[] | ErrorName> {
    const { peers, timeoutMs, image } = this.#options
    if (isGone(image(), leader)) return 'NETWORK_EXCEPTION'
    const body = {
      transactions,
      v3AndBelowTransactionalId: '',
      v3AndBelowProducerId: -1,
      v3AndBelowProducerEpoch: -1,
      v3AndBelowTopics: [],
    }
    try {
      const call = { api: ApiKey.AddPartitionsToTxn, body, timeoutMs, minVersion: FIRST_BATCHED_VERSION }
      const answer = await peers.to(leader.address, PURPOSE).request(call)
      return answer.errorCode === 0 ? answer.resultsByTransaction : errorName(answer.errorCode)
    } catch (error) {
      if (!(error instanceof PeerError)) throw error
      return 'NETWORK_EXCEPTION'
    }
  }
}

/** A request names a transaction once. */
function takeOneOfEach(to: Destination): Waiting[] {
  const taken = new Map<string, Waiting>()
  const left: Waiting[] = []
  for (const waiting of to.waiting) {
    const { transactionalId } = waiting.asked
    if (taken.has(transactionalId)) left.push(waiting)
    else taken.set(transactionalId, waiting)
  }
  to.waiting = left
  return [...taken.values()]
}

function asTold(error: ErrorName, verifying: Verifying): ErrorName {
  // What producers expect where they are fenced.
  if (error === 'PRODUCER_FENCED') return 'INVALID_PRODUCER_EPOCH'
  if (error === 'TRANSACTION_ABORTABLE' && verifying === 'verifyOld') return 'INVALID_TXN_STATE'
  return error
}

function byTopic(partitions: readonly TopicPartition[]): TransactionPartitions['topics'] {
  const topics = Map.groupBy(partitions, ({ topic }) => topic)
  return Array.from(topics, ([name, of]) => ({ name, partitions: of.map(({ partition }) => partition) }))
}
