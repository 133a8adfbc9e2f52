import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import {
  type MarkersDue,
  NEEDS_PRODUCER_ID,
  type ProducerReply,
  type TransactionCommand,
  type TransactionReply,
} from '../../src/transaction/commands.ts'
import { listed } from '../../src/transaction/partitions.ts'
import { weighted } from '../support/steps.ts'
import { Coordinator, SETTINGS } from './scenario.ts'

const PARTITIONS = 3
const IDS = 2
const CLIENTS = 4

/** A record of a transaction, or the marker that ends one. */
type Entry =
  | { readonly kind: 'data'; readonly producerId: number; readonly epoch: number; readonly transaction: string }
  | { readonly kind: 'marker'; readonly producerId: number; readonly epoch: number; readonly commit: boolean }

/** As much of a log as transactions need: epochs, open transactions, what became of them. */
class Partition {
  readonly entries: Entry[] = []
  readonly epochs = new Map<number, number>()
  readonly open = new Map<number, Set<string>>()
  readonly committed = new Set<string>()
  readonly aborted = new Set<string>()

  append(producerId: number, epoch: number, transaction: string): boolean {
    if (epoch < (this.epochs.get(producerId) ?? -1)) return false
    this.epochs.set(producerId, epoch)
    this.entries.push({ kind: 'data', producerId, epoch, transaction })
    const open = this.open.get(producerId) ?? new Set()
    this.open.set(producerId, open.add(transaction))
    return true
  }

  mark({ producerId, producerEpoch: epoch, commit, clientVersion }: MarkersDue): boolean {
    const known = this.epochs.get(producerId) ?? -1
    const mustRise = clientVersion >= 2 && this.open.has(producerId)
    if (epoch < known || (mustRise && epoch === known)) return false
    this.epochs.set(producerId, epoch)
    this.entries.push({ kind: 'marker', producerId, epoch, commit })
    for (const transaction of this.open.get(producerId) ?? []) {
      if (commit) this.committed.add(transaction)
      else this.aborted.add(transaction)
    }
    this.open.delete(producerId)
    return true
  }
}

interface Client {
  readonly transactionalId: string
  producerId: number
  epoch: number
  /** Of the transaction that it believes to be in; '': none. */
  transaction: string
  /** It asked for the end and heard nothing: it asks again, and adds nothing before it knows. */
  isEnding: boolean
}

type Step =
  | { readonly do: 'init' | 'add' | 'commit' | 'abort'; readonly who: number; readonly where: number }
  | { readonly do: 'marker'; readonly which: number; readonly where: number }
  | { readonly do: 'complete'; readonly which: number }
  | { readonly do: 'failover' | 'lostAnswer' }
  | { readonly do: 'wait'; readonly ms: number }

const who = fc.nat(CLIENTS - 1)
const where = fc.nat(PARTITIONS - 1)
const which = fc.nat(5)
const step: fc.Arbitrary<Step> = fc.oneof(
  weighted(2, ['init'], { who, where }),
  weighted(8, ['add'], { who, where }),
  weighted(3, ['commit', 'abort'], { who, where }),
  weighted(6, ['marker'], { which, where }),
  weighted(4, ['complete'], { which }),
  weighted(1, ['failover', 'lostAnswer']),
  weighted(1, ['wait'], { ms: fc.constantFrom(1000, 20_000, 70_000) }),
)

/** Clients, one coordinator that is replaced now and then, and partitions whose markers come late and more than once. */
class World {
  readonly coordinator = new Coordinator()
  readonly partitions = Array.from({ length: PARTITIONS }, () => new Partition())
  readonly clients: Client[] = Array.from({ length: CLIENTS }, (_, i) => ({
    transactionalId: `id-${i % IDS}`,
    producerId: -1,
    epoch: -1,
    transaction: '',
    isEnding: false,
  }))
  /** Transactions whose client was told that they are committed, or aborted. */
  readonly told = new Map<string, 'committed' | 'aborted'>()
  readonly written = new Map<MarkersDue, Set<number>>()
  readonly #version: number
  #nextProducerId = 0
  #nextTransaction = 0
  #losesAnswer = false

  constructor(version: number) {
    this.#version = version
  }

  run(step: Step): void {
    switch (step.do) {
      case 'init':
        this.#init(this.#client(step.who))
        break
      case 'add':
        this.#add(this.#client(step.who), step.where)
        break
      case 'commit':
      case 'abort':
        this.#end(this.#client(step.who), step.do === 'commit')
        break
      case 'marker':
        this.#marker(this.#due(step.which), step.where)
        break
      case 'complete':
        this.#complete(this.#due(step.which))
        break
      case 'failover':
        this.coordinator.restart()
        break
      case 'lostAnswer':
        this.#losesAnswer = true
        break
      case 'wait':
        this.coordinator.wait(step.ms)
        break
    }
  }

  #client(index: number): Client {
    return this.clients[index] as Client
  }

  #due(index: number): MarkersDue | undefined {
    const { work } = this.coordinator
    for (const timedOut of work.filter(({ kind }) => kind === 'timedOut')) {
      work.splice(work.indexOf(timedOut), 1)
      const { transactionalId, producerId } = timedOut
      this.#submit({ type: 'abortTimedOut', transactionalId, producerId, serverVersion: this.#version })
    }
    const due = work.filter((one) => one.kind === 'markers')
    return due[index % Math.max(1, due.length)]
  }

  #submit(command: TransactionCommand): TransactionReply | KafkaError {
    try {
      const reply = this.coordinator.submit(command)
      if (reply !== NEEDS_PRODUCER_ID) return reply
      return this.coordinator.submit({ ...command, freshProducerId: this.#nextProducerId++ } as TransactionCommand)
    } catch (error) {
      if (error instanceof KafkaError) return error
      throw error
    }
  }

  #answer(command: TransactionCommand): ProducerReply | undefined {
    const reply = this.#submit(command)
    const lost = this.#losesAnswer
    this.#losesAnswer = false
    if (lost || reply instanceof KafkaError) return undefined
    const answer = reply as ProducerReply
    return answer.errorCode === 0 ? answer : undefined
  }

  #init(client: Client): void {
    const { transactionalId } = client
    const asked = { transactionalId, timeoutMs: 60_000, expected: undefined, serverVersion: this.#version }
    const reply = this.#answer({ type: 'init', ...asked })
    if (reply === undefined) return
    for (const other of this.clients) {
      if (other !== client && other.producerId === reply.producerId)
        expect(reply.producerEpoch).toBeGreaterThan(other.epoch)
    }
    Object.assign(client, {
      producerId: reply.producerId,
      epoch: reply.producerEpoch,
      transaction: '',
      isEnding: false,
    })
  }

  #add(client: Client, where: number): void {
    const { transactionalId, producerId, epoch: producerEpoch } = client
    if (producerId < 0 || client.isEnding) return
    const partitions = [{ topic: 't', partition: where }]
    const clientVersion = this.#version
    const command = {
      transactionalId,
      producerId,
      producerEpoch,
      partitions,
      clientVersion,
      serverVersion: this.#version,
      patienceMs: this.#version === 2 ? 20 : 0,
    }
    if (this.#submit({ type: 'addPartitions', ...command }) !== 0) return
    if (client.transaction === '') client.transaction = `${transactionalId} ${this.#nextTransaction++}`
    this.partitions[where]?.append(producerId, producerEpoch, client.transaction)
  }

  #end(client: Client, commit: boolean): void {
    const { transactionalId, producerId, epoch: producerEpoch, transaction } = client
    if (producerId < 0) return
    if (this.#losesAnswer) client.isEnding = true
    const versions = { clientVersion: this.#version, serverVersion: this.#version }
    const reply = this.#answer({ type: 'end', transactionalId, producerId, producerEpoch, commit, ...versions })
    if (reply === undefined) return
    if (transaction !== '') this.told.set(transaction, commit ? 'committed' : 'aborted')
    client.transaction = ''
    client.isEnding = false
    if (this.#version >= 2) Object.assign(client, { producerId: reply.producerId, epoch: reply.producerEpoch })
  }

  #marker(due: MarkersDue | undefined, where: number): void {
    if (due === undefined) return
    const places = [...listed(due.partitions)]
    const place = places[where % Math.max(1, places.length)]
    if (place === undefined) return
    const written = this.written.get(due) ?? new Set()
    this.written.set(due, written)
    if (this.partitions[place.partition]?.mark(due) || !written.has(place.partition)) written.add(place.partition)
  }

  #complete(due: MarkersDue | undefined): void {
    if (due === undefined) return
    const isDone = [...listed(due.partitions)].every(({ partition }) => this.written.get(due)?.has(partition))
    if (!isDone) return
    const { work } = this.coordinator
    work.splice(work.indexOf(due), 1)
    const { transactionalId, decidedAt } = due
    this.#submit({ type: 'complete', transactionalId, decidedAt, serverVersion: this.#version })
  }

  /** Nothing fails any more: all that is decided gets done, all that is open is aborted for its age. */
  settle(): void {
    for (let round = 0; round < 3; round++) {
      this.coordinator.wait(70_000 + SETTINGS.abortTimedOutIntervalMs)
      for (let due = this.#due(0); due !== undefined; due = this.#due(0)) {
        for (let where = 0; where < PARTITIONS; where++) this.#marker(due, where)
        this.#complete(due)
      }
    }
  }

  check(): void {
    for (const { open, entries } of this.partitions) {
      expect([...open]).toEqual([])
      const epochs = new Map<number, number>()
      for (const { producerId, epoch } of entries) {
        expect(epoch).toBeGreaterThanOrEqual(epochs.get(producerId) ?? -1)
        epochs.set(producerId, epoch)
      }
    }
    const committed = new Set(this.partitions.flatMap((one) => [...one.committed]))
    const aborted = new Set(this.partitions.flatMap((one) => [...one.aborted]))
    expect([...committed].filter((transaction) => aborted.has(transaction))).toEqual([])
    for (const [transaction, outcome] of this.told) {
      const other = outcome === 'committed' ? aborted : committed
      expect(`${transaction} ${outcome}: ${other.has(transaction)}`).toBe(`${transaction} ${outcome}: false`)
    }
  }
}

test.each([2, 0])('with transaction.version %i every transaction is committed everywhere or nowhere', (version) => {
  const property = fc.property(fc.array(step, { minLength: 10, maxLength: 120 }), (steps) => {
    const world = new World(version)
    for (const one of steps) world.run(one)
    world.settle()
    world.check()
    // Records of transaction.version 0 don't have all that is known in memory.
    if (version === 0) return
    const before = world.coordinator.machine.dump()
    world.coordinator.restart()
    expect(world.coordinator.machine.dump()).toEqual(before)
  })
  fc.assert(property, { numRuns: 400 })
})
