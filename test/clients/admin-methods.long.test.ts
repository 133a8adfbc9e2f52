import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, type Target, type TestBroker } from '../support/broker.ts'
import { compiled, LIGHT_JVM, noKafka } from '../support/kafka.ts'
import { run } from '../support/process.ts'

interface Step {
  readonly title: string
  /** Of the brokers in their order. */
  readonly answers: readonly [unknown, unknown]
}

const SOURCES = new URL('java/admin/', import.meta.url)
const TARGETS: readonly Target[] = ['kafka', 'odradek']

/** Two log directories, because replicas can be moved between them. */
function start(target: Target, dir: string): Promise<TestBroker> {
  return startBroker({ target, dir, properties: { 'log.dirs': `${join(dir, 'data')},${join(dir, 'other')}` } })
}

async function steps(brokers: readonly TestBroker[]): Promise<Step[]> {
  const sources = readdirSync(SOURCES).map((name) => new URL(name, SOURCES))
  const places = brokers.flatMap(({ bootstrap, controllerPort, dataDir, dir }) => [
    bootstrap,
    String(controllerPort),
    dataDir,
    join(dir, 'other'),
  ])
  const jvm = [...LIGHT_JVM, '-Dorg.slf4j.simpleLogger.defaultLogLevel=off']
  const args = [...jvm, '-cp', compiled(sources, 'kafka'), 'AdminMethods', ...places]
  const { code, out, err } = await run('java', args, { timeoutMs: 240_000 })
  if (code !== 0) throw new Error(`the Admin client ended with ${code}\n${out.slice(-2_000)}\n${err.slice(-5_000)}`)
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Step)
}

describe.skipIf(noKafka())("every method of Java's Admin client", () => {
  const dirs = TARGETS.map((target) => mkdtempSync(join(tmpdir(), `odradek-admin-${target}-`)))
  const brokers: TestBroker[] = []

  beforeAll(async () => {
    brokers.push(...(await Promise.all(TARGETS.map((target, i) => start(target, dirs[i] ?? '')))))
  }, 120_000)

  afterAll(async () => {
    await Promise.all(brokers.map((broker) => broker.kill()))
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true })
  })

  it("gives Kafka's result", { timeout: 300_000 }, async () => {
    const all = await steps(brokers)
    expect(all.length).toBeGreaterThan(150)
    const of = (index: 0 | 1) => Object.fromEntries(all.map(({ title, answers }) => [title, answers[index]]))
    expect(of(1)).toEqual(of(0))
  })
})
