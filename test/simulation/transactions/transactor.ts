import type { Send } from '../../history/event.ts'
import type { Ledger } from './ledger.ts'
import { Fenced, MustAbort, TransactionalProducer, type TransactionProtocol } from './transactional-producer.ts'

/** What a client makes of a transaction. */
type Intent = 'commit' | 'abort' | 'dawdle' | 'crash' | 'wake up' | 'crash while it commits'

export function protocolOf({ random }: Ledger): TransactionProtocol {
  return random.below(3) === 0 ? 'classic' : 'bumping'
}

/** Writes transactions into several partitions, one after the other; whenever it crashes, a new incarnation takes over. */
export async function transact(name: string, ledger: Ledger): Promise<void> {
  const zombies: Promise<void>[] = []
  for (let incarnation = 1; !ledger.isOver(); incarnation++) {
    const own = new Incarnation(`${name}.${incarnation}`, name, ledger)
    const zombie = await own.live()
    if (zombie !== undefined) zombies.push(zombie)
    await ledger.client().sleep(ledger.random.below(300))
  }
  await Promise.all(zombies)
}

class Incarnation {
  readonly #process: string
  readonly #transactionalId: string
  readonly #ledger: Ledger
  readonly #producer: TransactionalProducer
  readonly #sleep: (ms: number) => Promise<void>
  #transactions = 0

  constructor(process: string, transactionalId: string, ledger: Ledger) {
    this.#process = process
    this.#transactionalId = transactionalId
    this.#ledger = ledger
    const at = ledger.client()
    this.#sleep = (ms) => at.sleep(ms)
    this.#producer = new TransactionalProducer(at, {
      transactionalId,
      protocol: protocolOf(ledger),
      timeoutMs: ledger.timeoutMs,
      patienceMs: 1.5 * ledger.timeoutMs,
    })
  }

  /** Until it is fenced or crashes; then it may go on for a while as a zombie. */
  async live(): Promise<Promise<void> | undefined> {
    const { random, isOver } = this.#ledger
    while (!isOver()) {
      try {
        if (this.#producer.needsInit) await this.#producer.init()
      } catch (error) {
        if (error instanceof Fenced) return undefined
        if (!(error instanceof MustAbort)) throw error
        continue
      }
      const intent = this.#intent()
      if (intent === 'wake up') return this.#transact(intent).then(() => {})
      if (!(await this.#transact(intent))) return undefined
      if (random.below(3) === 0) await this.#sleep(random.below(60))
    }
    return undefined
  }

  #intent(): Intent {
    const dice = this.#ledger.random.below(100)
    if (dice < 70) return 'commit'
    if (dice < 84) return 'abort'
    if (dice < 88) return 'crash'
    if (dice < 92) return 'crash while it commits'
    return dice < 97 ? 'wake up' : 'dawdle'
  }

  /** False: this incarnation is over. */
  async #transact(intent: Intent): Promise<boolean> {
    const { recorder, random, timeoutMs } = this.#ledger
    const sends: Send[] = []
    const tell = (type: 'ok' | 'fail' | 'info', error?: string) => {
      const told = { type, transactionalId: this.#transactionalId, sends, polls: [], moves: [] }
      recorder.transacted(this.#process, error === undefined ? told : { ...told, error })
    }
    recorder.invoke(this.#process, 'transact')
    this.#transactions++
    try {
      const batches = 1 + random.below(4)
      for (let batch = 0; batch < batches; batch++) {
        await this.#send(sends)
        if (random.below(4) === 0) await this.#sleep(random.below(80))
      }
      if (intent === 'wake up') {
        await this.#sleep(random.below(2 * timeoutMs))
        if (random.below(2) === 0) await this.#send(sends)
      } else if (intent === 'dawdle') await this.#sleep(random.below(3 * timeoutMs))
    } catch (error) {
      if (!(error instanceof Fenced || error instanceof MustAbort)) throw error
      if (error instanceof MustAbort) await this.#producer.end(false)
      tell('fail', error.message)
      return error instanceof MustAbort
    }
    if (intent === 'crash') tell('fail', intent)
    else if (intent === 'abort') {
      const ended = await this.#producer.end(false)
      tell('fail', ended === 'ok' ? undefined : 'the abort was not acknowledged')
    } else {
      recorder.asksForCommit(this.#process)
      if (intent === 'crash while it commits') {
        this.#producer.endUnheard(true)
        tell('info', intent)
      } else tell(await this.#producer.end(true))
    }
    return intent !== 'crash' && intent !== 'crash while it commits'
  }

  async #send(sends: Send[]): Promise<void> {
    const { random, input, partitions } = this.#ledger
    const partition = random.below(partitions)
    const at = `${input}-${partition}`
    const first = sends.length
    const values = Array.from(
      { length: 1 + random.below(3) },
      (_, index) => `${this.#process}:${this.#transactions}/${first + index}`,
    )
    // Whatever comes of it, they may be there.
    for (const value of values) sends.push({ at, value })
    const offset = await this.#producer.send(input, partition, values)
    if (offset === undefined) return
    for (const [index, value] of values.entries()) sends[first + index] = { at, value, offset: offset + index }
  }
}
