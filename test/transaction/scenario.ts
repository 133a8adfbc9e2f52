import { errorName, KafkaError } from '../../src/base/errors.ts'
import type { Decision } from '../../src/base/machine.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { batches } from '../../src/record/iterate.ts'
import {
  type MarkersDue,
  NEEDS_PRODUCER_ID,
  type PartitionError,
  type ProducerReply,
  type TransactionCommand,
  type TransactionReply,
  type TransactionWork,
} from '../../src/transaction/commands.ts'
import { listed, type PartitionSet, type TopicPartition } from '../../src/transaction/partitions.ts'
import { decodeBatch, encodeRecord, type TransactionRecord } from '../../src/transaction/records.ts'
import { TransactionMachine } from '../../src/transaction/transaction-machine.ts'

export const SETTINGS = {
  abortTimedOutIntervalMs: 10_000,
  idExpirationMs: 604_800_000,
  removeExpiredIntervalMs: 3_600_000,
}

/** A machine, its log as bytes, and what it wants to have done. */
export class Coordinator {
  readonly log: Buffer[] = []
  readonly work: TransactionWork[] = []
  readonly said: string[] = []
  machine = new TransactionMachine(SETTINGS)
  nowMs = 0
  #offset = 0
  #token = 0
  #replies = new Map<number, TransactionReply>()
  readonly #begun = new Set<number>()
  #watch: number | undefined

  constructor() {
    this.restart()
  }

  /** Another broker takes over, or this one loads anew. */
  restart(): void {
    this.work.length = 0
    this.#offset = 0
    this.machine = new TransactionMachine(SETTINGS)
    for (const bytes of this.log) {
      for (const batch of batches(bytes)) {
        for (const { record } of decodeBatch(batch)) this.machine.replay(record, this.#offset++)
      }
    }
    this.machine.loaded(this.nowMs)
    this.#watch = undefined
    this.#listen(true)
  }

  #listen(anew: boolean): void {
    this.#watch = this.#token++
    this.#take(this.machine.handle({ type: 'watch', anew }, this.#watch, this.nowMs))
    if (anew) this.wait(0)
  }

  /** @throws KafkaError as the machine does */
  submit(command: TransactionCommand): TransactionReply {
    const token = this.#token++
    this.#take(this.machine.handle(command, token, this.nowMs))
    this.wait(0)
    const reply = this.#replies.get(token)
    if (reply !== undefined) return reply
    // Who can't be answered yet is answered in time.
    this.wait(command.type === 'addPartitions' ? command.patienceMs : 0)
    const late = this.#replies.get(token)
    if (late === undefined) throw new Error(`${command.type} was not answered`)
    return late
  }

  /** The answer is said when it comes. */
  begin(command: TransactionCommand): void {
    const token = this.#token++
    this.#begun.add(token)
    this.#take(this.machine.handle(command, token, this.nowMs))
  }

  wait(ms: number): void {
    const until = this.nowMs + ms
    while (this.machine.deadlineMs() <= until) {
      this.nowMs = Math.max(this.nowMs, this.machine.deadlineMs())
      this.#take(this.machine.tick(this.nowMs))
    }
    this.nowMs = until
  }

  /** Somebody sets the wall clock. */
  setClock(byMs: number): void {
    this.nowMs += byMs
    this.machine.clockMoved(byMs)
  }

  #take({ records, replies }: Decision<TransactionRecord, TransactionReply>): void {
    for (const record of records) {
      this.said.push(`record ${showRecord(record)}`)
      this.machine.replay(record, this.#offset++)
    }
    if (records.length > 0) {
      const encoded = records.map((record) => ({ timestamp: this.nowMs, ...encodeRecord(record) }))
      this.log.push(buildBatch({ records: encoded }))
    }
    for (const { to, reply } of replies) {
      this.#replies.set(to, reply)
      if (this.#begun.delete(to)) this.said.push(`-> ${errorName(reply as number)} at ${this.nowMs}`)
    }
    const told = this.#watch === undefined ? undefined : this.#replies.get(this.#watch)
    if (told === undefined) return
    this.#watch = undefined
    this.work.push(...(told as readonly TransactionWork[]))
    for (const work of told as readonly TransactionWork[]) this.said.push(`work ${showWork(work)}`)
    this.#listen(false)
  }
}

function showPartitions(set: PartitionSet): string {
  return Array.from(listed(set), ({ topic, partition }) => `${topic}-${partition}`).join(',') || 'none'
}

function showRecord({ transactionalId, value, valueVersion }: TransactionRecord): string {
  if (value === null) return `${transactionalId} gone`
  const { producerId, producerEpoch, state, partitions, startMs, nextProducerId, clientVersion } = value
  const next = nextProducerId < 0 ? '' : ` next=${nextProducerId}`
  const since = startMs < 0 ? '' : ` since=${startMs}`
  return `${transactionalId} v${valueVersion} ${producerId}:${producerEpoch} ${state}${next} ${showPartitions(partitions)}${since} client=${clientVersion}`
}

function showWork(work: TransactionWork): string {
  if (work.kind === 'timedOut') return `timed out ${work.transactionalId} ${work.producerId}`
  const { transactionalId, producerId, producerEpoch, commit, partitions } = work
  return `${commit ? 'commit' : 'abort'} ${transactionalId} ${producerId}:${producerEpoch} ${showPartitions(partitions)}`
}

function producer(text: string): { producerId: number; producerEpoch: number } {
  const [producerId = -1, producerEpoch = -1] = text.split(':').map(Number)
  return { producerId, producerEpoch }
}

function places(text: string): TopicPartition[] {
  return text.split(',').map((place) => {
    const at = place.lastIndexOf('-')
    return { topic: place.slice(0, at), partition: Number(place.slice(at + 1)) }
  })
}

/** Commands as lines: `init a`, `add a 0:0 t-0`, `commit a 0:0 v2`, `markers` and once `again`, `wait 1000`, `restart`. */
export class Scenario {
  readonly #coordinator = new Coordinator()
  #version = 2
  #nextProducerId = 0
  /** What `markers` did last. */
  #done: readonly TransactionWork[] = []

  run(line: string): string[] {
    const { said } = this.#coordinator
    said.length = 0
    try {
      this.#run(line.split(' '))
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      said.push(`! ${error.error}`)
    }
    return [...said]
  }

  #run([what = '', id = '', ...rest]: string[]): void {
    const at = this.#coordinator
    const [who = '', more = ''] = rest
    switch (what) {
      case 'version':
        this.#version = Number(id)
        return
      case 'wait':
        at.wait(Number(id))
        return
      case 'clock':
        at.setClock(Number(id))
        return
      case 'restart':
        at.restart()
        return
      case 'ids':
        this.#nextProducerId = Number(id)
        return
      case 'epochs':
        this.#useUp(id)
        return
      case 'init':
        this.#init(id, rest)
        return
      case 'add': {
        const command = { transactionalId: id, ...producer(who), partitions: places(more) }
        const clientVersion = rest[2] === 'v0' ? 0 : 2
        const protocol = { clientVersion, serverVersion: this.#version, patienceMs: 0 }
        const asked = { type: 'addPartitions' as const, ...command, ...protocol }
        const patience = rest.find((part) => part.startsWith('patience='))
        if (patience === undefined) at.submit(asked)
        else at.begin({ ...asked, patienceMs: Number(patience.slice('patience='.length)) })
        return
      }
      case 'verify': {
        const command = { transactionalId: id, ...producer(who), partitions: places(more) }
        for (const one of at.submit({ type: 'verify', ...command }) as readonly PartitionError[]) {
          at.said.push(`-> ${errorName(one.errorCode)}`)
        }
        return
      }
      case 'commit':
      case 'abort': {
        const clientVersion = more === 'v0' ? 0 : 2
        const end = { transactionalId: id, ...producer(who), commit: what === 'commit', clientVersion }
        this.#answer(this.#withId({ type: 'end', ...end, serverVersion: this.#version }))
        return
      }
      case 'markers':
        this.#work()
        return
      case 'again':
        for (const work of this.#done) if (work.kind === 'markers') this.#complete(work)
        return
      case 'describe':
        at.said.push(`-> ${JSON.stringify(at.submit({ type: 'describe', transactionalId: id }))}`)
        return
      default:
        throw new Error(`what is '${what}'?`)
    }
  }

  #init(transactionalId: string, rest: readonly string[]): void {
    const given = rest.find((part) => part.includes(':'))
    const timeout = rest.find((part) => part.startsWith('timeout='))
    this.#answer(
      this.#withId({
        type: 'init',
        transactionalId,
        timeoutMs: Number(timeout?.slice('timeout='.length) ?? 60_000),
        expected: given === undefined ? undefined : producer(given),
        serverVersion: this.#version,
      }),
    )
  }

  /** Begins anew until one more epoch would be the last that a client may have. */
  #useUp(transactionalId: string): void {
    const before = this.#coordinator.said.length
    for (let epoch = 1; epoch < 0x7fff; epoch++) this.#init(transactionalId, [])
    this.#coordinator.said.splice(before, this.#coordinator.said.length - before - 1)
  }

  #withId(command: Extract<TransactionCommand, { type: 'init' | 'end' | 'abortTimedOut' }>): TransactionReply {
    const reply = this.#coordinator.submit(command)
    if (reply !== NEEDS_PRODUCER_ID) return reply
    return this.#coordinator.submit({ ...command, freshProducerId: this.#nextProducerId++ })
  }

  #answer(reply: TransactionReply): void {
    const { errorCode, producerId, producerEpoch } = reply as ProducerReply
    this.#coordinator.said.push(`-> ${errorName(errorCode)} ${producerId}:${producerEpoch}`)
  }

  #work(): void {
    this.#done = this.#coordinator.work.splice(0)
    for (const work of this.#done) {
      const { transactionalId, producerId } = work
      const serverVersion = this.#version
      if (work.kind === 'timedOut') this.#withId({ type: 'abortTimedOut', transactionalId, producerId, serverVersion })
      else this.#complete(work)
    }
  }

  #complete({ transactionalId, decidedAt }: MarkersDue): void {
    this.#coordinator.submit({ type: 'complete', transactionalId, decidedAt, serverVersion: this.#version })
  }
}
