import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBroker, type Target, type TestBroker } from '../../test/support/broker.ts'
import { JsonLines } from '../../test/support/json-lines.ts'
import { java } from '../../test/support/kafka.ts'
import { compiledForStreams } from '../../test/support/kafka-streams.ts'
import { usage } from '../../test/support/process.ts'
import { KAFKA_JVM } from '../measure.ts'
import type { Measures } from '../table.ts'

const CLIENT_JVM = ['-Xmx1G', '-XX:+UseG1GC']
const PARTITIONS = 6
const RECORD_BYTES = 1_000
const MB = 1_000_000
const LENGTHS_MS = [100, 10] as const
/** The hundredth part of fewer is one commit's luck. */
const FEWEST_COMMITS = 300
/** Where a volume is measured. */
const LONGEST_SECONDS = 300

export interface Plan {
  /** For each measurement of transactions that has no volume. */
  readonly seconds: number
  /** Of the paced ones. */
  readonly perSecond: number
  readonly megabytes: number
  /** What as fast a producer as can be commits, in transactions of either length. */
  readonly transacted: number
  /** What the Streams application counts. */
  readonly counted: number
  readonly only?: readonly string[]
}

interface Stage {
  readonly broker: TestBroker
  readonly plan: Plan
  /** Gives the answer, and the CPU time that the broker took meanwhile: all of it, and without the kernel's. */
  call(command: object): Promise<{ readonly answer: Answer; readonly cpuSeconds: number; readonly ownSeconds: number }>
}

interface Answer {
  readonly seconds: number
  readonly records: number
  readonly transactions: number
  readonly p50: number
  readonly p99: number
}

/** One fresh broker through all measurements. */
export async function round(target: Target, plan: Plan, say: (line: string) => void): Promise<Measures> {
  const dir = mkdtempSync(join(tmpdir(), 'odradek-bench-'))
  const properties = { 'offsets.topic.num.partitions': '50', 'transaction.state.log.num.partitions': '50' }
  await using broker = await startBroker({ target, jvmOptions: KAFKA_JVM, properties })
  const classpath = compiledForStreams(new URL('./Load.java', import.meta.url), dir)
  const child = java(classpath, 'Load', CLIENT_JVM, [], [broker.bootstrap])
  const client = new JsonLines(child)
  const call = async (command: object) => {
    const before = usage(broker.pid)
    const answer = (await client.call(command)) as unknown as Answer
    const { cpuSeconds, userSeconds } = usage(broker.pid)
    return { answer, cpuSeconds: cpuSeconds - before.cpuSeconds, ownSeconds: userSeconds - before.userSeconds }
  }
  const measures: Measures = {}
  try {
    for (const [name, step] of Object.entries({ idempotent, fast, paced, small, counting })) {
      if (plan.only?.includes(name) === false) continue
      say(`${target}: ${name}`)
      Object.assign(measures, await step({ broker, plan, call }))
    }
    return measures
  } finally {
    await client.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

async function topic({ call }: Stage, name: string, partitions = PARTITIONS): Promise<string> {
  await call({ op: 'create', topic: name, partitions })
  return name
}

async function idempotent(stage: Stage): Promise<Measures> {
  const records = (stage.plan.megabytes * MB) / RECORD_BYTES
  const measures: Measures = {}
  const produce = async (name: string, isIdempotent: boolean, share = 1) => {
    const command = { op: 'produce', topic: await topic(stage, name), bytes: RECORD_BYTES, idempotent: isIdempotent }
    return stage.call({ ...command, records: Math.ceil(records * share) })
  }
  await produce('warm-up', true, 0.3)
  for (const [name, isIdempotent] of [
    ['plain', false],
    ['idempotent', true],
  ] as const) {
    const { answer, cpuSeconds } = await produce(name, isIdempotent)
    measures[`${name} produce, MB/s`] = stage.plan.megabytes / answer.seconds
    measures[`… broker CPU, s/GB (${name})`] = cpuSeconds / (stage.plan.megabytes / 1_000)
  }
  return measures
}

/**
 * As much as one producer gets through. The same volume of either broker: what the kernel takes to copy a GB into files depends
 * on how much of the machine's memory the files before have filled, and can be more than all else.
 */
async function fast(stage: Stage): Promise<Measures> {
  const measures: Measures = {}
  const records = (stage.plan.transacted * MB) / RECORD_BYTES
  for (const ms of LENGTHS_MS) {
    const command = { op: 'transact', topic: await topic(stage, `fast-${ms}`), bytes: RECORD_BYTES, ms, perSecond: 0 }
    await stage.call({ ...command, seconds: 2 })
    const { answer, cpuSeconds, ownSeconds } = await stage.call({ ...command, seconds: LONGEST_SECONDS, records })
    const gigabytes = (answer.records * RECORD_BYTES) / MB / 1_000
    measures[`transactions of ${ms} ms, MB/s`] = (gigabytes * 1_000) / answer.seconds
    measures[`… broker CPU, s/GB (${ms} ms)`] = cpuSeconds / gigabytes
    measures[`… … outside the kernel (${ms} ms)`] = ownSeconds / gigabytes
  }
  return measures
}

/** A steady flow, whose commits wait for nothing but the broker. */
async function paced(stage: Stage): Promise<Measures> {
  const measures: Measures = {}
  const { perSecond, seconds } = stage.plan
  for (const ms of LENGTHS_MS) {
    const command = { op: 'transact', topic: await topic(stage, `paced-${ms}`), bytes: RECORD_BYTES, ms, perSecond }
    await stage.call({ ...command, seconds: 2 })
    const longEnough = Math.max(seconds, (FEWEST_COMMITS * ms) / 1_000)
    const { answer, cpuSeconds } = await stage.call({ ...command, seconds: longEnough })
    const at = `${ms} ms, ${perSecond}/s`
    measures[`commit p50, ms: transactions of ${at}`] = answer.p50
    measures[`commit p99, ms: transactions of ${at}`] = answer.p99
    measures[`broker CPU, ms for each transaction of ${at}`] = (cpuSeconds * 1_000) / answer.transactions
  }
  return measures
}

/** Transactions of one record, one after another. */
async function small(stage: Stage): Promise<Measures> {
  const command = { op: 'transact', topic: await topic(stage, 'small'), bytes: 100, ms: 0, perSecond: 0 }
  await stage.call({ ...command, seconds: 3 })
  const { answer, cpuSeconds } = await stage.call({ ...command, seconds: stage.plan.seconds })
  return {
    'transactions of one record, 1/s': answer.transactions / answer.seconds,
    '… p50, ms': answer.p50,
    '… p99, ms': answer.p99,
    '… broker CPU, ms each': (cpuSeconds * 1_000) / answer.transactions,
  }
}

async function counting(stage: Stage): Promise<Measures> {
  const measure = async (name: string, records: number) => {
    const input = await topic(stage, name, 4)
    await topic(stage, `counted-${name}`, 4)
    await stage.call({ op: 'produce', topic: input, bytes: 100, records, keys: 1_000, idempotent: true })
    return stage.call({ op: 'count', topic: input, records })
  }
  await measure('first-words', Math.ceil(stage.plan.counted / 4))
  const { answer, cpuSeconds } = await measure('words', stage.plan.counted)
  return {
    'Streams, exactly_once_v2: records counted, 1/s': answer.records / answer.seconds,
    '… broker CPU, s for each million': cpuSeconds / (stage.plan.counted / 1_000_000),
  }
}
