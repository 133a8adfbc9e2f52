import { type ErrorName, KafkaError } from '../../base/errors.ts'
import type { Clock } from '../../io/ports.ts'
import * as header from '../../record/header.ts'
import { hasTransactional } from '../../record/produced.ts'
import type { Verification } from '../../storage/types.ts'
import type { Replica } from '../replicas.ts'
import { type InTransaction, partitionKey, type TransactionVerifier, type Verifying } from '../transactions/verifier.ts'

export interface ProduceVerificationDeps {
  readonly verifier: Pick<TransactionVerifier, 'check'>
  /** transaction.partition.verification.enable */
  readonly verifies: () => boolean
  readonly clock: Clock
  /** add.partitions.to.txn.retry.backoff.ms and its maximum */
  readonly backoffMs: number
  readonly maxBackoffMs: number
}

export interface Unverified {
  readonly replica: Replica
  readonly records: Buffer
}

/** May be appended with it, or is refused. */
export type Verdict = { readonly verification: Verification | undefined } | KafkaError

const ADDS_SINCE = 12
const ABORTABLE_SINCE = 11
const MIN_RECORD_HEADER = 61

/** undefined: nothing in the request belongs to a transaction that must be verified, so it is appended at once. */
export function verifyTransaction(
  deps: ProduceVerificationDeps,
  transactionalId: string | null,
  apiVersion: number,
  parts: readonly Unverified[],
): Map<Unverified, Verdict> | Promise<Map<Unverified, Verdict>> | undefined {
  const verifying = verifyingOf(apiVersion)
  const transactional = parts.filter(isTransactional)
  const [first] = transactional
  if (first === undefined || transactionalId === null) return undefined
  const [producerId, producerEpoch] = [header.producerId(first.records, 0), header.producerEpoch(first.records, 0)]
  const isOther = ({ records }: Unverified) =>
    header.producerId(records, 0) !== producerId || header.producerEpoch(records, 0) !== producerEpoch
  if (transactional.some(isOther)) {
    throw new KafkaError('INVALID_PRODUCER_ID_MAPPING', 'Transactional records contained more than one producer ID')
  }
  if (verifying !== 'add' && !deps.verifies()) return undefined
  const check = new Check(deps, { transactionalId, producerId, producerEpoch }, verifying, transactional)
  return check.run()
}

function verifyingOf(apiVersion: number): Verifying {
  if (apiVersion >= ADDS_SINCE) return 'add'
  return apiVersion >= ABORTABLE_SINCE ? 'verify' : 'verifyOld'
}

function isTransactional({ records }: Unverified): boolean {
  return hasTransactional(records) && records.length >= MIN_RECORD_HEADER && header.producerId(records, 0) >= 0
}

class Check {
  readonly #deps: ProduceVerificationDeps
  readonly #producer: InTransaction
  readonly #verifying: Verifying
  readonly #parts: readonly Unverified[]
  readonly #startedMs: number

  constructor(
    deps: ProduceVerificationDeps,
    producer: InTransaction,
    verifying: Verifying,
    parts: readonly Unverified[],
  ) {
    this.#deps = deps
    this.#producer = producer
    this.#verifying = verifying
    this.#parts = parts
    this.#startedMs = deps.clock.monotonic()
  }

  run(): Map<Unverified, Verdict> | Promise<Map<Unverified, Verdict>> {
    const verdicts = new Map(this.#parts.map((part) => [part, this.#begin(part)]))
    const open = this.#parts.filter((part) => isUnderWay(verdicts.get(part)))
    return open.length === 0 ? verdicts : this.#ask(open, verdicts)
  }

  #begin({ replica, records }: Unverified): Verdict {
    const { producerId, producerEpoch } = this.#producer
    const sequence = header.baseSequence(records, 0)
    try {
      if (!replica.isLeader) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
      const adds = this.#verifying === 'add'
      return { verification: replica.log.startVerification(producerId, sequence, producerEpoch, adds) }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return error
    }
  }

  async #ask(open: readonly Unverified[], verdicts: Map<Unverified, Verdict>): Promise<Map<Unverified, Verdict>> {
    const places = open.map(({ replica }) => replica)
    const errors = await this.#deps.verifier.check(this.#producer, places, this.#verifying)
    // The transaction before is being ended: its coordinator is about to be done with it.
    if (this.#verifying === 'add' && [...errors.values()].includes('CONCURRENT_TRANSACTIONS') && this.#hasTime()) {
      await new Promise<void>((resolve) => this.#deps.clock.after(this.#deps.backoffMs, resolve))
      return this.run()
    }
    for (const part of open) {
      const error = errors.get(partitionKey(part.replica))
      if (error !== undefined) verdicts.set(part, refusal(error, this.#verifying))
    }
    return verdicts
  }

  #hasTime(): boolean {
    return this.#deps.clock.monotonic() - this.#startedMs < this.#deps.maxBackoffMs
  }
}

function isUnderWay(verdict: Verdict | undefined): boolean {
  return verdict !== undefined && 'verification' in verdict && verdict.verification !== undefined
}

const RETRIABLE: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'NETWORK_EXCEPTION',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
])

/** In words on which producers of every version do the right thing: NOT_ENOUGH_REPLICAS makes them send again. */
function refusal(error: ErrorName, verifying: Verifying): KafkaError {
  if (error === 'INVALID_TXN_STATE') {
    return new UnverifiedTransaction('INVALID_TXN_STATE', 'Partition was not added to the transaction')
  }
  const isRetriable = RETRIABLE.has(error) || (error === 'CONCURRENT_TRANSACTIONS' && verifying !== 'add')
  if (!isRetriable) return new KafkaError(error)
  return new UnverifiedTransaction(
    'NOT_ENOUGH_REPLICAS',
    `Unable to verify the partition has been added to the transaction. Underlying error: ${error}`,
  )
}

/** Its message is told to the client. */
export class UnverifiedTransaction extends KafkaError {}
