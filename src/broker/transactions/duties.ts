import { KafkaError } from '../../base/errors.ts'
import type { Clock, Logger } from '../../io/ports.ts'
import type { TransactionCommand, TransactionReply, TransactionWork } from '../../transaction/commands.ts'
import type { TransactionCoordinator } from './coordinator.ts'
import type { MarkerSender } from './marker-sender.ts'

export interface DutiesHost {
  submit(partition: number, command: TransactionCommand): Promise<TransactionReply>
  /** Resolves when the partition's load has ended. */
  settled(partition: number): Promise<void>
}

export interface DutiesOptions {
  readonly host: DutiesHost
  readonly sender: Pick<MarkerSender, 'add' | 'drop'>
  readonly coordinator: Pick<TransactionCoordinator, 'abortTimedOut'>
  readonly clock: Clock
  readonly logger: Logger
  readonly onFatal: (error: Error) => void
}

const RETRY_MS = 100

/** Hears what the machines of transactions have decided, once that is committed, and has it done. */
export class TransactionDuties {
  readonly #options: DutiesOptions
  /** By partition: the term in which this broker coordinates it. */
  readonly #terms = new Map<number, { readonly coordinatorEpoch: number }>()

  constructor(options: DutiesOptions) {
    this.#options = options
  }

  begin(partition: number, coordinatorEpoch: number): void {
    this.end(partition)
    const term = { coordinatorEpoch }
    this.#terms.set(partition, term)
    this.#watch(partition, term).catch(this.#options.onFatal)
  }

  end(partition: number): void {
    if (this.#terms.delete(partition)) this.#options.sender.drop(partition)
  }

  close(): void {
    for (const partition of [...this.#terms.keys()]) this.end(partition)
  }

  async #watch(partition: number, term: { readonly coordinatorEpoch: number }): Promise<void> {
    const { host } = this.#options
    let anew = true
    await host.settled(partition)
    while (this.#terms.get(partition) === term) {
      try {
        const work = (await host.submit(partition, { type: 'watch', anew })) as readonly TransactionWork[]
        anew = false
        if (this.#terms.get(partition) !== term) return
        for (const one of work) this.#begin(partition, term.coordinatorEpoch, one)
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        if (error.error === 'NOT_COORDINATOR') return
        // What was told with this answer is lost.
        anew = true
        await host.settled(partition)
        await new Promise<void>((resolve) => this.#options.clock.after(RETRY_MS, resolve))
      }
    }
  }

  #begin(partition: number, coordinatorEpoch: number, work: TransactionWork): void {
    const { sender, coordinator, logger, onFatal } = this.#options
    if (work.kind === 'markers') {
      sender.add(partition, coordinatorEpoch, work)
      return
    }
    const { transactionalId, producerId } = work
    logger.info({ transactionalId, producerId }, 'a transaction is open for too long: it is aborted')
    coordinator.abortTimedOut(transactionalId, producerId).catch((error) => {
      if (!(error instanceof KafkaError)) onFatal(error)
      else logger.warn({ transactionalId, error: error.error }, 'a transaction could not be aborted now')
    })
  }
}
