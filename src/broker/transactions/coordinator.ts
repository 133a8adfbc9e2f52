import { ErrorCode, errorName, KafkaError } from '../../base/errors.ts'
import { coordinatorPartition } from '../../base/hash.ts'
import type {
  AddPartitionsCommand,
  CompleteCommand,
  DescribedTransaction,
  EndCommand,
  InitCommand,
  ListCommand,
  ListedTransaction,
  PartitionError,
  ProducerReply,
  TransactionCommand,
  TransactionReplies,
  TransactionReply,
  VerifyCommand,
} from '../../transaction/commands.ts'
import { NEEDS_PRODUCER_ID } from '../../transaction/commands.ts'
import { NO_TIMEOUT, STATES, type TransactionState } from '../../transaction/transaction.ts'
import { undescribed } from '../../transaction/transaction-machine.ts'
import { coordinatorErrors, type MachineHost } from '../machine-host.ts'
import type { ProducerIds } from '../producer-ids.ts'

export interface TransactionCoordinatorOptions {
  readonly host: MachineHost<TransactionCommand, TransactionReply>
  /** Of `__transaction_state`: those it has, or those it will be made with. */
  readonly partitionCount: () => number
  /** transaction.version of the cluster. */
  readonly version: () => number
  readonly producerIds: Pick<ProducerIds, 'next'>
  /** transaction.max.timeout.ms */
  readonly maxTimeoutMs: number
  /** transaction.two.phase.commit.enable */
  readonly twoPhaseCommit: boolean
}

type Asked<C extends TransactionCommand> = Omit<C, 'type' | 'serverVersion' | 'freshProducerId'>

export interface InitRequest extends Asked<InitCommand> {
  readonly enable2Pc: boolean
  readonly keepPrepared: boolean
}

/**
 * The transactions of this broker for its handlers. Every method throws (rejects with) a KafkaError for the whole of its
 * request, in words that clients of a coordinator know.
 */
export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options
  }

  partitionFor(transactionalId: string): number {
    return coordinatorPartition(transactionalId, this.#options.partitionCount())
  }

  async init({ enable2Pc, keepPrepared, timeoutMs, ...request }: InitRequest): Promise<ProducerReply> {
    const { maxTimeoutMs, twoPhaseCommit } = this.#options
    requireId(request.transactionalId)
    if (enable2Pc && !twoPhaseCommit) throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
    if (keepPrepared) throw new KafkaError('UNSUPPORTED_VERSION')
    if (!enable2Pc && (timeoutMs <= 0 || timeoutMs > maxTimeoutMs)) throw new KafkaError('INVALID_TRANSACTION_TIMEOUT')
    return this.#withProducerId({ ...request, type: 'init', timeoutMs: enable2Pc ? NO_TIMEOUT : timeoutMs })
  }

  async addPartitions(request: Asked<AddPartitionsCommand>): Promise<void> {
    requireId(request.transactionalId)
    const code = await this.#submit({ ...request, type: 'addPartitions', serverVersion: this.#options.version() })
    if (code !== ErrorCode.NONE) throw new KafkaError(errorName(code))
  }

  async verify(request: Asked<VerifyCommand>): Promise<readonly PartitionError[]> {
    requireId(request.transactionalId)
    return this.#submit({ ...request, type: 'verify' })
  }

  async end(request: Asked<EndCommand>): Promise<ProducerReply> {
    requireId(request.transactionalId)
    return this.#withProducerId({ ...request, type: 'end' })
  }

  async abortTimedOut(transactionalId: string, producerId: number): Promise<void> {
    await this.#withProducerId({ type: 'abortTimedOut', transactionalId, producerId })
  }

  async complete(request: Asked<CompleteCommand>): Promise<void> {
    await this.#submit({ ...request, type: 'complete', serverVersion: this.#options.version() })
  }

  async describe(transactionalId: string): Promise<DescribedTransaction> {
    if (transactionalId === '') return undescribed(transactionalId, ErrorCode.INVALID_REQUEST)
    try {
      return await this.#submit({ type: 'describe', transactionalId })
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return undescribed(transactionalId, error.code)
    }
  }

  /** Of all partitions that this broker leads. */
  async list(filters: Asked<ListCommand>): Promise<ListedTransaction[]> {
    const { host } = this.#options
    const lists = host.partitions().map(async (partition) => {
      try {
        return (await host.submit(partition, { ...filters, type: 'list' })) as readonly ListedTransaction[]
      } catch (error) {
        const known = coordinatorError(error)
        if (known.error === 'NOT_COORDINATOR') return []
        throw known
      }
    })
    return (await Promise.all(lists)).flat()
  }

  /** Of those that can be asked at present. */
  async countStates(): Promise<Map<TransactionState, number>> {
    const { host } = this.#options
    const all = new Map<TransactionState, number>(STATES.map((state) => [state, 0]))
    const asked = host.partitions().map((partition) => host.submit(partition, { type: 'countStates' }))
    for (const answer of await Promise.allSettled(asked)) {
      if (answer.status === 'rejected') continue
      const counts = answer.value as TransactionReplies['countStates']
      for (const [state, count] of counts) all.set(state, (all.get(state) ?? 0) + count)
    }
    return all
  }

  /** A machine that decides to use a new producer id can't fetch it: it is asked again with one. */
  async #withProducerId<T extends 'init' | 'end' | 'abortTimedOut'>(
    command: Omit<Extract<TransactionCommand, { readonly type: T }>, 'serverVersion'> & {
      readonly type: T
      readonly transactionalId: string
    },
  ): Promise<Exclude<TransactionReplies[T], typeof NEEDS_PRODUCER_ID>> {
    type Whole = Extract<TransactionCommand, { readonly type: T }> & { readonly transactionalId: string }
    const whole = { ...command, serverVersion: this.#options.version() } as unknown as Whole
    let reply: TransactionReply = await this.#submit(whole)
    while (reply === NEEDS_PRODUCER_ID) {
      const freshProducerId = await this.#options.producerIds.next()
      reply = await this.#submit({ ...whole, freshProducerId })
    }
    return reply as Exclude<TransactionReplies[T], typeof NEEDS_PRODUCER_ID>
  }

  async #submit<C extends TransactionCommand & { readonly transactionalId: string }>(
    command: C,
  ): Promise<TransactionReplies[C['type']]> {
    try {
      const reply = await this.#options.host.submit(this.partitionFor(command.transactionalId), command)
      return reply as TransactionReplies[C['type']]
    } catch (error) {
      throw coordinatorError(error)
    }
  }
}

function requireId(transactionalId: string): void {
  if (transactionalId === '') throw new KafkaError('INVALID_REQUEST')
}

const coordinatorError = coordinatorErrors({ NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'COORDINATOR_NOT_AVAILABLE' })
