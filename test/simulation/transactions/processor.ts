import type { Move, Poll, Send } from '../../history/event.ts'
import type { Addressing } from '../addressing.ts'
import { committedOffset } from './committed-offset.ts'
import { fetchIsolated } from './isolated-fetch.ts'
import { GROUP, type Ledger } from './ledger.ts'
import { Fenced, MustAbort, TransactionalProducer } from './transactional-producer.ts'
import { protocolOf } from './transactor.ts'

/** Reads one partition of the input and writes something for each record, with its own offset in the same transaction. */
export async function processPartition(name: string, partition: number, ledger: Ledger): Promise<void> {
  const zombies: Promise<void>[] = []
  for (let incarnation = 1; !ledger.isOver(); incarnation++) {
    const zombie = await new Processor(`${name}.${incarnation}`, name, partition, ledger).live()
    if (zombie !== undefined) zombies.push(zombie)
    await ledger.client().sleep(ledger.random.below(300))
  }
  await Promise.all(zombies)
}

class Processor {
  readonly #process: string
  readonly #name: string
  readonly #partition: number
  readonly #ledger: Ledger
  readonly #at: Addressing
  readonly #producer: TransactionalProducer
  #transactions = 0

  constructor(process: string, name: string, partition: number, ledger: Ledger) {
    this.#process = process
    this.#name = name
    this.#partition = partition
    this.#ledger = ledger
    this.#at = ledger.client()
    this.#producer = new TransactionalProducer(this.#at, {
      transactionalId: name,
      protocol: protocolOf(ledger),
      timeoutMs: ledger.timeoutMs,
      patienceMs: 1.5 * ledger.timeoutMs,
    })
  }

  async live(): Promise<Promise<void> | undefined> {
    const { random, isOver } = this.#ledger
    let position: number | undefined
    while (!isOver()) {
      try {
        if (this.#producer.needsInit) {
          await this.#producer.init()
          // Whatever was open is over now: the committed offset says where to go on.
          position = undefined
        }
      } catch (error) {
        if (error instanceof Fenced) return undefined
        if (!(error instanceof MustAbort)) throw error
        continue
      }
      position ??= await this.#committed()
      if (position === undefined) continue
      const polled = await fetchIsolated(
        this.#at,
        'read_committed',
        this.#ledger.input,
        this.#partition,
        position,
        200 + random.below(600),
      )
      if (polled === undefined || polled.poll.next === position) {
        await this.#at.sleep(50)
        continue
      }
      if (random.below(20) === 0) return this.#transact(polled.poll, true).then(() => {})
      position = await this.#transact(polled.poll, false)
      if (position === undefined && !this.#producer.needsInit) return undefined
    }
    return undefined
  }

  /** Asked for as a member would that takes over a partition. */
  async #committed(): Promise<number | undefined> {
    const { input, recorder } = this.#ledger
    const at = `${input}-${this.#partition}`
    recorder.invoke(this.#process, 'committed')
    const offset = await committedOffset(this.#at, GROUP, input, this.#partition)
    recorder.committed(this.#process, {
      type: offset === undefined ? 'fail' : 'ok',
      group: GROUP,
      offsets: offset === undefined ? {} : { [at]: offset },
    })
    if (offset === undefined) await this.#at.sleep(50)
    return offset === undefined ? undefined : Math.max(offset, 0)
  }

  /** Where to go on; undefined: that has to be asked for, or this incarnation is over. */
  async #transact(poll: Poll, isZombie: boolean): Promise<number | undefined> {
    const { recorder, random, input, output, partitions, timeoutMs } = this.#ledger
    const sends: Send[] = []
    const move: Move = { group: GROUP, at: poll.at, from: poll.from, to: poll.next }
    const tell = (type: 'ok' | 'fail' | 'info', error?: string) => {
      const told = { type, transactionalId: this.#name, sends, polls: [poll], moves: [move] }
      recorder.transacted(this.#process, error === undefined ? told : { ...told, error })
    }
    recorder.invoke(this.#process, 'transact')
    this.#transactions++
    try {
      const offsetsFirst = random.below(4) === 0
      if (offsetsFirst) await this.#producer.sendOffset(GROUP, input, this.#partition, poll.next)
      for (const [offset] of poll.records) {
        const partition = random.below(partitions)
        const at = `${output}-${partition}`
        const value = `${this.#process}:${this.#transactions}<${poll.at}@${offset}`
        const index = sends.push({ at, value }) - 1
        const base = await this.#producer.send(output, partition, [value])
        if (base !== undefined) sends[index] = { at, value, offset: base }
      }
      if (isZombie) await this.#at.sleep(random.below(2 * timeoutMs))
      if (!offsetsFirst) await this.#producer.sendOffset(GROUP, input, this.#partition, poll.next)
    } catch (error) {
      if (!(error instanceof Fenced || error instanceof MustAbort)) throw error
      if (error instanceof MustAbort) await this.#producer.end(false)
      tell('fail', error.message)
      return undefined
    }
    if (random.below(8) === 0) {
      await this.#producer.end(false)
      tell('fail')
      return this.#producer.needsInit ? undefined : poll.from
    }
    recorder.asksForCommit(this.#process)
    const ended = await this.#producer.end(true)
    tell(ended)
    return ended === 'ok' ? poll.next : undefined
  }
}
