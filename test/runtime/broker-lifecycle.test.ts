import { describe, expect, test } from 'vitest'
import { ErrorCode, type ErrorName, KafkaError } from '../../src/base/errors.ts'
import type { DirectoryId, Uuid } from '../../src/base/ids.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { MetadataImage } from '../../src/metadata/image.ts'
import { metadataRecord } from '../../src/metadata/records.ts'
import { ApiKey } from '../../src/protocol/apis.ts'
import { BrokerLifecycle } from '../../src/runtime/broker-lifecycle.ts'
import type { ControllerRequests } from '../../src/runtime/controller-types.ts'
import { ManualClock } from '../storage/support.ts'

const DIRECTORY = 'dLUgqPLaSQCMtLkVNRbf7g' as DirectoryId
const INCARNATION = 'MvDxzVmcRsaTz33bUuRU6A' as Uuid
const EPOCH = 7
const SESSION_MS = 9_000
const HEARTBEAT_MS = 2_000
const REGISTRATION_MS = 60_000

interface Asked {
  readonly api: number
  readonly body: Readonly<Record<string, unknown>>
}

/** A broker whose controller is the test. */
class Bench {
  readonly clock = new ManualClock()
  readonly image = new MetadataImage('cluster')
  readonly asked: Asked[] = []
  readonly lines: string[] = []
  readonly fatal: Error[] = []
  readonly lifecycle: BrokerLifecycle
  isQuorumGone = false
  /** What the controller answers next; nothing: registration works and the broker is fenced as it wants. */
  readonly #answers: (ErrorName | Error | 'silence' | Readonly<Record<string, unknown>>)[] = []
  #imageChanged = (_delta: { readonly brokers: Set<number> }): void => {}
  #leaderChanged = (): void => {}

  constructor() {
    const { clock, image } = this
    const requests = { request: (call: { api: number; body: unknown }) => this.#answer(call) }
    this.lifecycle = new BrokerLifecycle({
      nodeId: 3,
      clusterId: 'cluster',
      incarnationId: INCARNATION,
      endpoints: [{ name: 'PLAINTEXT', host: 'h', port: 1, securityProtocol: 0 }],
      rack: 'r',
      logDirs: [DIRECTORY],
      previousBrokerEpoch: 5,
      cordonedLogDirs: () => [],
      channel: requests as unknown as ControllerRequests,
      metadata: {
        image,
        onImage: (listener) => {
          this.#imageChanged = listener
          return () => {}
        },
        onLeader: (listener) => {
          this.#leaderChanged = listener
          return () => {}
        },
      },
      clock,
      logger: { ...silentLogger, warn: (line: unknown) => this.lines.push(String(line)) },
      heartbeatIntervalMs: HEARTBEAT_MS,
      sessionTimeoutMs: SESSION_MS,
      registrationTimeoutMs: REGISTRATION_MS,
      directoryFailureTimeoutMs: 30_000,
      isQuorumGone: async () => this.isQuorumGone,
      onFatal: (error) => this.fatal.push(error),
    })
  }

  async #answer({ api, body }: { api: number; body: unknown }): Promise<unknown> {
    const asked = { api, body: body as Asked['body'] }
    this.asked.push(asked)
    const given = this.#answers.shift()
    if (given === 'silence') return new Promise(() => {})
    if (given instanceof Error) throw given
    if (typeof given === 'string') return { errorCode: ErrorCode[given] }
    if (api === ApiKey.BrokerRegistration) return { errorCode: 0, brokerEpoch: EPOCH, ...given }
    return { errorCode: 0, isCaughtUp: true, isFenced: asked.body.wantFence, shouldShutDown: false, ...given }
  }

  answers(...answers: (ErrorName | Error | 'silence' | Readonly<Record<string, unknown>>)[]): void {
    this.#answers.push(...answers)
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }

  async pass(ms: number): Promise<void> {
    await this.settle()
    this.clock.advance(ms)
    await this.settle()
  }

  imageAt(offset: number, ...brokers: readonly number[]): void {
    this.image.offset = offset
    this.#imageChanged({ brokers: new Set(brokers) })
  }

  newLeader(): void {
    this.#leaderChanged()
  }

  async register(): Promise<void> {
    const registered = this.lifecycle.register()
    await this.settle()
    this.imageAt(EPOCH)
    await registered
  }

  async serve(): Promise<void> {
    await this.register()
    await this.lifecycle.unfence()
    this.asked.length = 0
  }
}

const outcome = (work: Promise<void>) =>
  work.then(
    () => 'done',
    (error: Error) => error.message,
  )

describe('the life of a broker', () => {
  test('is registered when its record is in its own image, and served when it is unfenced', async () => {
    const bench = new Bench()
    let isRegistered = false
    const registered = bench.lifecycle.register().then(() => {
      isRegistered = true
    })
    await bench.settle()
    expect(bench.asked).toHaveLength(1)
    expect(bench.asked[0]?.body).toMatchObject({
      brokerId: 3,
      clusterId: 'cluster',
      incarnationId: INCARNATION,
      rack: 'r',
      logDirs: [DIRECTORY],
      previousBrokerEpoch: 5,
    })
    expect([isRegistered, bench.lifecycle.brokerEpoch]).toEqual([false, EPOCH])
    bench.imageAt(EPOCH)
    await registered
    await bench.pass(HEARTBEAT_MS)
    expect(bench.asked[1]?.body).toMatchObject({ wantFence: true, brokerEpoch: EPOCH, currentMetadataOffset: EPOCH })
    await bench.lifecycle.unfence()
    expect(bench.asked[2]?.body).toMatchObject({ wantFence: false })
    for (let beat = 0; beat < 3; beat++) await bench.pass(HEARTBEAT_MS)
    expect(bench.asked).toHaveLength(6)
  })

  test('asks again until it is taken, and says what it waits for', async () => {
    const bench = new Bench()
    bench.answers('DUPLICATE_BROKER_REGISTRATION', 'DUPLICATE_BROKER_REGISTRATION', new KafkaError('REQUEST_TIMED_OUT'))
    const registered = outcome(bench.lifecycle.register())
    for (let turn = 0; turn < 10; turn++) await bench.pass(1_000)
    bench.imageAt(EPOCH)
    expect(await registered).toBe('done')
    // Once, and again after a while: not with every attempt.
    expect(bench.lines[0]).toContain('another broker is registered as node 3')
    expect(bench.lines.at(-1)).toContain('another broker is registered as node 3')
    expect(bench.lines).toHaveLength(2)
  })

  test('gives up after the time that it has to be registered', async () => {
    const bench = new Bench()
    bench.answers(...Array.from({ length: 200 }, () => 'DUPLICATE_BROKER_REGISTRATION' as const))
    const registered = outcome(bench.lifecycle.register())
    for (let turn = 0; turn < 70; turn++) await bench.pass(1_000)
    expect(await registered).toContain('could not be registered within 60 s: another broker')
  })

  test('does not try to be part of another cluster', async () => {
    const bench = new Bench()
    bench.answers('INCONSISTENT_CLUSTER_ID')
    expect(await outcome(bench.lifecycle.register())).toContain('another cluster than cluster')
  })

  test('tells a new controller at once that it lives', async () => {
    const bench = new Bench()
    await bench.serve()
    bench.newLeader()
    await bench.settle()
    expect(bench.asked).toHaveLength(1)
  })

  test('says at once how far it is when another broker is about to leave', async () => {
    const bench = new Bench()
    await bench.serve()
    const other = { brokerId: 4, incarnationId: INCARNATION, brokerEpoch: 8, endPoints: [], features: [], rack: null }
    bench.image.replay(metadataRecord('RegisterBrokerRecord', { ...other, fenced: false, logDirs: [DIRECTORY] }, 3))
    bench.imageAt(EPOCH + 1, 4)
    await bench.settle()
    expect(bench.asked).toEqual([])
    const leaves = { brokerId: 4, brokerEpoch: 8, inControlledShutdown: 1 }
    bench.image.replay(metadataRecord('BrokerRegistrationChangeRecord', leaves, 1))
    bench.imageAt(EPOCH + 2, 4)
    await bench.settle()
    expect(bench.asked.map(({ body }) => body.currentMetadataOffset)).toEqual([EPOCH + 2])
    bench.imageAt(EPOCH + 3)
    await bench.settle()
    expect(bench.asked).toHaveLength(1)
  })

  test('sends one request at a time, and the next at once when something came up', async () => {
    const bench = new Bench()
    await bench.serve()
    bench.newLeader()
    bench.lifecycle.directoriesOffline([DIRECTORY])
    expect(bench.asked).toHaveLength(1)
    await bench.settle()
    expect(bench.asked.map(({ body }) => body.offlineLogDirs)).toEqual([[], [DIRECTORY]])
    await bench.pass(30_000)
    expect(bench.fatal).toEqual([])
  })

  test('must not go on with a failed directory that nobody knows of', async () => {
    const bench = new Bench()
    await bench.serve()
    bench.answers(...Array.from({ length: 200 }, () => new KafkaError('REQUEST_TIMED_OUT')))
    bench.lifecycle.directoriesOffline([DIRECTORY])
    for (let turn = 0; turn < 31; turn++) await bench.pass(1_000)
    expect(bench.fatal.map(({ message }) => message)).toEqual([expect.stringContaining(DIRECTORY)])
  })

  test('leaves when the controller has seen that it knows of the new leaders', async () => {
    const bench = new Bench()
    await bench.serve()
    bench.answers({}, {}, { shouldShutDown: true })
    const left = outcome(bench.lifecycle.controlledShutdown())
    await bench.settle()
    expect(bench.asked[0]?.body).toMatchObject({ wantShutDown: true, currentMetadataOffset: EPOCH })
    bench.imageAt(EPOCH + 5)
    await bench.settle()
    expect(bench.asked[1]?.body).toMatchObject({ wantShutDown: true, currentMetadataOffset: EPOCH + 5 })
    await bench.pass(50)
    expect(await left).toBe('done')
  })

  test('leaves without a controller when none answers', async () => {
    const bench = new Bench()
    await bench.serve()
    bench.answers('silence')
    let hasLeft = false
    const left = bench.lifecycle.controlledShutdown().then(() => {
      hasLeft = true
    })
    for (let ms = 0; ms < 2_800; ms += 200) await bench.pass(200)
    expect(hasLeft).toBe(false)
    await bench.pass(200)
    await left
    expect(bench.lines.at(-1)).toContain('no controller answers')
  })

  test('leaves soon when none has answered for long before', async () => {
    const bench = new Bench()
    await bench.serve()
    bench.answers('silence')
    await bench.pass(HEARTBEAT_MS)
    await bench.pass(3_000)
    const left = outcome(bench.lifecycle.controlledShutdown())
    await bench.pass(200)
    expect(await left).toBe('done')
    expect(bench.lines.at(-1)).toContain('no controller answers')
  })

  test('leaves at once where no controller can be', async () => {
    const bench = new Bench()
    await bench.serve()
    bench.answers(new KafkaError('REQUEST_TIMED_OUT'))
    bench.isQuorumGone = true
    const left = outcome(bench.lifecycle.controlledShutdown())
    await bench.pass(200)
    expect(await left).toBe('done')
    expect(bench.lines.at(-1)).toContain('no controller answers')
  })

  test('a stop ends what waits', async () => {
    const bench = new Bench()
    bench.answers('silence')
    const registered = outcome(bench.lifecycle.register())
    await bench.settle()
    bench.lifecycle.close()
    expect(await registered).toContain('stopped')
    await bench.pass(100_000)
    expect(bench.asked).toHaveLength(1)
  })
})
