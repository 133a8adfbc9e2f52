import { setTimeout as delay } from 'node:timers/promises'
import kafkajs, { type Producer, type Transaction } from 'kafkajs'
import type { Send } from '../../history/event.ts'
import type { Recorder } from '../../history/recorder.ts'
import type { SeededRandom } from '../../simulation/machine-room.ts'

export interface KafkajsTransactorOptions {
  readonly recorder: Recorder
  readonly bootstrap: string
  readonly topic: string
  readonly partitions: number
  readonly random: SeededRandom
  readonly isOver: () => boolean
}

/** A producer of kafkajs: one incarnation after the other. */
export async function transactByKafkajs(name: string, options: KafkajsTransactorOptions): Promise<void> {
  const { bootstrap, isOver } = options
  for (let incarnation = 1; !isOver(); incarnation += 1) {
    const kafka = new kafkajs.Kafka({
      clientId: name,
      brokers: bootstrap.split(','),
      logLevel: kafkajs.logLevel.NOTHING,
      connectionTimeout: 2_000,
      requestTimeout: 4_000,
      retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 8 },
    })
    const producer = kafka.producer({
      transactionalId: name,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: 10_000,
      metadataMaxAge: 2_000,
    })
    try {
      await producer.connect()
      await live(`${name}.${incarnation}`, name, producer, options)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      await delay(100)
    } finally {
      await producer.disconnect().catch(() => {})
    }
  }
}

async function live(process: string, name: string, producer: Producer, options: KafkajsTransactorOptions) {
  const { recorder, random, isOver } = options
  let values = 0
  while (!isOver()) {
    const sends: Send[] = []
    const tell = (type: 'ok' | 'fail' | 'info', error?: string) =>
      recorder.transacted(process, {
        type,
        transactionalId: name,
        sends,
        polls: [],
        moves: [],
        ...(error !== undefined && { error }),
      })
    recorder.invoke(process, 'transact')
    const transaction = await producer.transaction().catch((error: Error) => {
      tell('fail', error.name)
      throw error
    })
    const next = () => `${process}:${values++}`
    const failed = await send(transaction, sends, next, options).then(
      () => undefined,
      (error: Error) => error.name,
    )
    const dice = random.below(100)
    if (failed !== undefined || dice < 12) {
      const aborted = await transaction.abort().then(
        () => undefined,
        (error: Error) => error.name,
      )
      tell('fail', failed ?? aborted)
      if (failed !== undefined || aborted !== undefined) return
    } else if (dice < 15) {
      tell('fail', 'crash')
      return
    } else {
      recorder.asksForCommit(process)
      const error = await transaction.commit().then(
        () => undefined,
        ({ name: why }: Error) => why,
      )
      tell(error === undefined ? 'ok' : 'info', error)
      if (error !== undefined) return
    }
    await delay(random.below(20))
  }
}

async function send(transaction: Transaction, sends: Send[], next: () => string, options: KafkajsTransactorOptions) {
  const { random, topic, partitions } = options
  const batches = 1 + random.below(3)
  for (let i = 0; i < batches; i += 1) {
    const partition = random.below(partitions)
    const messages = Array.from({ length: 1 + random.below(3) }, () => ({ partition, value: next() }))
    const first = sends.length
    // Whatever comes of it, it may be there.
    sends.push(...messages.map(({ value }) => ({ at: `${topic}-${partition}`, value })))
    const [answer] = await transaction.send({ topic, messages, acks: -1 })
    const base = Number(answer?.baseOffset ?? -1)
    if (base < 0) continue
    messages.forEach(({ value }, index) => {
      sends[first + index] = { at: `${topic}-${partition}`, value, offset: base + index }
    })
  }
}
