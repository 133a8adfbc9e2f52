import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import type { Decision, Token } from '../../src/base/machine.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { buildBatch } from '../../src/record/builder.ts'
import * as header from '../../src/record/header.ts'
import type { BatchView } from '../../src/record/iterate.ts'
import { CoordinatorHost, type CoordinatorMachine } from '../../src/runtime/coordinator-host.ts'
import { ManualClock } from '../storage/support.ts'
import { MemoryCoordinatorLog } from './memory-coordinator-log.ts'

type Command = { readonly add: number } | 'sum' | 'park' | 'fail' | { readonly alarm: number }

/** Adds numbers; parks who wants to know the next one; an alarm adds 100. */
class Adder implements CoordinatorMachine<Command, number, string> {
  sum = 0
  readonly offsets: number[] = []
  #parked: Token[] = []
  #alarm = Number.POSITIVE_INFINITY

  handle(command: Command, token: Token, nowMs: number): Decision<number, string> {
    if (command === 'fail') throw new KafkaError('UNKNOWN_MEMBER_ID')
    if (command === 'sum') return { records: [], replies: [{ to: token, reply: `sum ${this.sum}` }] }
    if (command === 'park') {
      this.#parked.push(token)
      return { records: [], replies: [] }
    }
    if ('alarm' in command) {
      this.#alarm = nowMs + command.alarm
      return { records: [], replies: [{ to: token, reply: 'set' }] }
    }
    const parked = this.#parked.splice(0).map((to) => ({ to, reply: `next ${command.add}` }))
    const reply = `${this.sum} + ${command.add}`
    return { records: [command.add], replies: [{ to: token, reply }, ...parked] }
  }

  tick(nowMs: number): Decision<number, string> {
    if (this.#alarm > nowMs) return { records: [], replies: [] }
    this.#alarm = Number.POSITIVE_INFINITY
    return { records: [100], replies: this.#parked.splice(0).map((to) => ({ to, reply: 'alarm' })) }
  }

  replay(record: number, offset: number): void {
    this.sum += record
    this.offsets.push(offset)
  }

  deadlineMs(): number {
    return this.#alarm
  }

  loaded(): void {}

  clockMoved(byMs: number): void {
    this.#alarm += byMs
  }
}

const codec = {
  encode: (record: number) => ({ key: Buffer.from('n'), value: Buffer.from(String(record)) }),
  *decode(batch: BatchView) {
    for (const { offset, value } of batch.records()) yield { offset, record: Number(value) }
  },
}

async function hosted(log = new MemoryCoordinatorLog(), commitTimeoutMs = 5000) {
  const clock = new ManualClock()
  const machines: Adder[] = []
  const machine = () => {
    const adder = new Adder()
    machines.push(adder)
    return adder
  }
  const host = new CoordinatorHost<Command, number, string>({
    machine,
    codec,
    clock,
    logger: silentLogger,
    commitTimeoutMs,
    batches: { baseSequence: 0 },
    isRevertible: (command) => typeof command === 'object' && 'add' in command && command.add < 0,
  })
  host.elected(0, log)
  await host.settled(0)
  const submit = (command: Command) => {
    const answer = host.submit(0, command)
    // A test may look at a rejection later than it happens.
    answer.catch(() => {})
    return answer
  }
  return { host, log, clock, machines, submit, add: (n: number) => submit({ add: n }), sum: () => submit('sum') }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function state(promise: Promise<string>): Promise<string> {
  const waiting = turn().then(() => 'waiting')
  return Promise.race([promise.catch((error: KafkaError) => error.error), waiting])
}

describe('a coordinator host', () => {
  test('handles commands in order, puts those of one turn into one batch', async () => {
    const { add, log, sum } = await hosted()
    const answers = await Promise.all([add(1), add(2), sum(), add(3)])
    expect(answers).toEqual(['0 + 1', '1 + 2', 'sum 3', '3 + 3'])
    expect(log.batches).toHaveLength(1)
    expect(header.recordCount(log.batches[0] as Buffer, 0)).toBe(3)
    expect(header.baseSequence(log.batches[0] as Buffer, 0)).toBe(0)
    expect(await add(4)).toBe('6 + 4')
    expect(log.batches).toHaveLength(2)
  })

  test('replays records that keep their bytes when the log has its memory back', async () => {
    const log = new MemoryCoordinatorLog()
    for (const text of ['one', 'two']) {
      log.append(buildBatch({ records: [{ timestamp: 1, key: null, value: Buffer.from(text) }] }))
    }
    const kept: Buffer[] = []
    const none = { records: [], replies: [] }
    const host = new CoordinatorHost<never, Buffer, never>({
      machine: () => ({
        handle: () => none,
        tick: () => none,
        replay: (record) => void kept.push(record),
        deadlineMs: () => Number.POSITIVE_INFINITY,
        loaded: () => {},
        clockMoved: () => {},
      }),
      codec: {
        encode: (value) => ({ key: Buffer.from('key'), value }),
        *decode(batch) {
          for (const { offset, value } of batch.records()) if (value !== null) yield { offset, record: value }
        },
      },
      clock: new ManualClock(),
      logger: silentLogger,
      commitTimeoutMs: 1,
      batches: {},
    })
    host.elected(0, log)
    await host.settled(0)
    expect(kept.map(String)).toEqual(['one', 'two'])
  })

  test('tells how many partitions answer, what waits, and measures the way of each command', async () => {
    const { host, submit, add, log, clock } = await hosted()
    expect(host.status()).toEqual({ active: 1, loading: 0, queued: 0 })
    log.prompt = false
    const answers = [add(1), add(2), submit('fail')]
    expect(host.status().queued).toBe(3)
    clock.advance(5)
    await turn()
    expect(host.status().queued).toBe(0)
    clock.advance(40)
    log.commit()
    await Promise.allSettled(answers)
    const { queueTimes, processingTimes, purgatoryTimes, flushTimes } = host.metrics
    const counts = [queueTimes, processingTimes, purgatoryTimes, flushTimes].map(({ count }) => count)
    expect(counts).toEqual([3, 3, 1, 0])
    expect(queueTimes.quantiles([0.5], 0)[0]).toBeGreaterThan(4_000)
    expect(purgatoryTimes.quantiles([0.5], 0)[0]).toBeGreaterThan(30_000)
    log.prompt = true
    await add(4)
    expect(flushTimes.count).toBe(1)
    host.elected(1, new MemoryCoordinatorLog())
    expect(host.status()).toEqual({ active: 1, loading: 1, queued: 0 })
  })

  test('starts a new batch before one gets too large', async () => {
    const log = new MemoryCoordinatorLog()
    log.maxBatchBytes = 200
    const { add } = await hosted(log)
    await Promise.all(Array.from({ length: 10 }, (_, i) => add(i)))
    expect(log.batches.length).toBeGreaterThan(1)
    expect(log.logEndOffset).toBe(10)
  })

  test('replays with the offsets that the records have', async () => {
    const { add, machines } = await hosted()
    await Promise.all([add(1), add(2)])
    await add(3)
    expect(machines[0]?.offsets).toEqual([0, 1, 2])
  })

  test('holds answers until they are committed, those that only read too', async () => {
    const { add, log, sum } = await hosted()
    log.prompt = false
    const first = add(1)
    await turn()
    const second = sum()
    expect(await state(first)).toBe('waiting')
    expect(await state(second)).toBe('waiting')
    log.commit()
    expect(await first).toBe('0 + 1')
    expect(await second).toBe('sum 1')
    expect(await sum()).toBe('sum 1')
  })

  test('gives up an answer that is not committed in time, and goes on', async () => {
    const { add, log, clock } = await hosted()
    log.prompt = false
    const answer = add(1)
    await turn()
    clock.advance(5000)
    expect(await state(answer)).toBe('REQUEST_TIMED_OUT')
    log.commit()
    const next = add(2)
    await turn()
    log.commit()
    expect(await next).toBe('1 + 2')
  })

  test('fails only what the log refuses where that can be taken back, and does nothing by itself meanwhile', async () => {
    const { add, submit, sum, log, clock, machines } = await hosted()
    await add(5)
    await submit({ alarm: 10 })
    log.refusing = new KafkaError('NOT_ENOUGH_REPLICAS')
    expect(await Promise.all([state(add(-1)), sum(), state(add(-2))])).toEqual([
      'NOT_ENOUGH_REPLICAS',
      'sum 5',
      'NOT_ENOUGH_REPLICAS',
    ])
    clock.advance(20)
    expect(await sum()).toBe('sum 5')
    expect([machines.length, log.reads]).toEqual([1, 0])
    log.refusing = undefined
    clock.advance(1_000)
    expect(await sum()).toBe('sum 105')
    expect(await add(-1)).toBe('105 + -1')
    // What can't be taken back is forgotten by loading.
    log.refusing = new KafkaError('NOT_ENOUGH_REPLICAS')
    expect(await state(add(1))).toBe('NOT_ENOUGH_REPLICAS')
    expect(machines).toHaveLength(2)
  })

  test('gives an error of the machine to its caller alone', async () => {
    const { add, submit } = await hosted()
    const [wrong, right] = [submit('fail'), add(1)]
    expect(await state(wrong)).toBe('UNKNOWN_MEMBER_ID')
    expect(await right).toBe('0 + 1')
  })

  test('answers later who was parked, and ticks when the machine wants it', async () => {
    const { clock, add, sum, submit } = await hosted()
    const parked = submit('park')
    expect(await state(parked)).toBe('waiting')
    await add(5)
    expect(await parked).toBe('next 5')
    const alarmed = submit('park')
    await submit({ alarm: 1000 })
    clock.advance(999)
    expect(await state(alarmed)).toBe('waiting')
    clock.advance(1)
    expect(await alarmed).toBe('alarm')
    expect(await sum()).toBe('sum 105')
  })

  test.each([3_600_000, -3_600_000])('keeps to durations when the wall clock is set by %i ms', async (byMs) => {
    const { clock, submit } = await hosted()
    const alarmed = submit('park')
    await submit({ alarm: 1000 })
    clock.skewMs = byMs
    // Somebody asks in the new time, or nobody does.
    if (byMs < 0) await submit('sum')
    clock.advance(999)
    expect(await state(alarmed)).toBe('waiting')
    clock.advance(1)
    expect(await alarmed).toBe('alarm')
  })

  test('is loaded by replay, and refuses commands until then', async () => {
    const { add, log, host, sum, machines } = await hosted()
    await Promise.all([add(1), add(2)])
    await add(3)
    const opened = Promise.withResolvers<void>()
    log.gate = opened.promise
    host.elected(0, log)
    expect(await state(sum())).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    opened.resolve()
    await host.settled(0)
    expect(await sum()).toBe('sum 6')
    expect(machines).toHaveLength(2)
  })

  test.each(['refused', 'not written'])('is loaded anew where an append is %s', async (how) => {
    const { add, log, host, sum, machines, submit } = await hosted()
    await add(1)
    const parked = submit('park')
    await turn()
    log.prompt = false
    if (how === 'refused') log.refuse = new KafkaError('KAFKA_STORAGE_ERROR')
    const lost = add(2)
    await turn()
    if (how === 'not written') log.failWrite()
    expect(await state(lost)).toBe('KAFKA_STORAGE_ERROR')
    expect(await state(parked)).toBe('KAFKA_STORAGE_ERROR')
    await host.settled(0)
    log.prompt = true
    expect(await sum()).toBe('sum 1')
    expect(machines).toHaveLength(2)
  })

  test('stores nothing of a decision that does not fit into one batch', async () => {
    const { add, log, host, sum } = await hosted()
    await add(1)
    log.maxBatchBytes = 80
    const [large, other] = [add(2), add(3)]
    expect(await state(large)).toBe('UNKNOWN_SERVER_ERROR')
    expect(await state(other)).toBe('COORDINATOR_NOT_AVAILABLE')
    await host.settled(0)
    log.maxBatchBytes = 1000
    expect(await sum()).toBe('sum 1')
  })

  test('sends everybody away when leadership goes', async () => {
    const { add, log, host, clock, submit } = await hosted()
    const parked = submit('park')
    await submit({ alarm: 10 })
    log.prompt = false
    const answer = add(1)
    await turn()
    host.resigned(0)
    expect(await state(parked)).toBe('NOT_COORDINATOR')
    expect(await state(answer)).toBe('NOT_COORDINATOR')
    expect(await state(add(2))).toBe('NOT_COORDINATOR')
    expect(host.partitions()).toEqual([])
    clock.advance(100)
    expect(log.batches).toHaveLength(1)
  })
})
