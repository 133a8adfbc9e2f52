import { describe, expect, test } from 'vitest'
import { ErrorCode, KafkaError } from '../../src/base/errors.ts'
import type { NetAddress } from '../../src/io/ports.ts'
import { type Api, ApiKey, apiOf, servedVersions } from '../../src/protocol/apis.ts'
import { encodeRequest } from '../../src/protocol/request-frame.ts'
import { ControllerChannel, type KnownLeader } from '../../src/runtime/controller-channel.ts'
import { type PeerClient, type PeerDirectory, PeerError } from '../../src/runtime/peers.ts'
import { ManualClock } from '../storage/support.ts'

type Behaviour = (port: number) => Promise<unknown>

const heartbeatApi = apiOf(ApiKey.BrokerHeartbeat) as Api
const BODY = { brokerId: 1, brokerEpoch: 2, currentMetadataOffset: 3, wantFence: false, wantShutDown: false }
const CALL = { api: ApiKey.BrokerHeartbeat, body: BODY, timeoutMs: 1_000 }
const TAKEN = { throttleTimeMs: 0, errorCode: 0, isCaughtUp: true, isFenced: false, shouldShutDown: false }
const NOT_ACTIVE = { ...TAKEN, errorCode: ErrorCode.NOT_CONTROLLER }

/** A channel among controllers that do what the test says; a closed client lets go of who waits. */
class Bench {
  readonly clock = new ManualClock()
  readonly asked: number[] = []
  leader: KnownLeader = { id: -1, epoch: 0, endpoint: undefined }
  answer: Behaviour = async () => TAKEN
  readonly channel: ControllerChannel
  #listener = (): void => {}

  constructor(local?: (frame: Buffer) => Promise<Buffer>) {
    const quorum = {
      leader: () => this.leader,
      onLeader: (listener: () => void) => {
        this.#listener = listener
        return () => {}
      },
    }
    const peers: PeerDirectory = { to: (address) => this.#client(address) }
    this.channel = new ControllerChannel({ nodeId: 1, quorum, local, peers, clock: this.clock })
  }

  #client(address: NetAddress): PeerClient {
    const closed = Promise.withResolvers<never>()
    closed.promise.catch(() => {})
    const request = (): Promise<never> => {
      this.asked.push(address.port)
      return Promise.race([this.answer(address.port) as Promise<never>, closed.promise])
    }
    return {
      address,
      isConnected: true,
      request,
      retryNow: () => {},
      onClosed: () => () => {},
      close: () => closed.reject(new PeerError('disconnected', 'closed')),
    }
  }

  elect(id: number, port: number): void {
    this.leader = { id, epoch: this.leader.epoch + 1, endpoint: { host: 'h', port } }
    this.#listener()
  }

  async pass(ms: number): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    this.clock.advance(ms)
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
}

describe('the channel to the controller', () => {
  test('waits for a leader and asks it at once', async () => {
    const bench = new Bench()
    const answer = bench.channel.request(CALL)
    await bench.pass(60)
    expect(bench.asked).toEqual([])
    bench.elect(2, 92)
    expect((await answer).isCaughtUp).toBe(true)
    expect(bench.asked).toEqual([92])
  })

  test('asks again where the controller is not active any more, or the connection breaks', async () => {
    const bench = new Bench()
    bench.elect(2, 92)
    const outcomes = [
      async () => NOT_ACTIVE,
      () => Promise.reject(new PeerError('disconnected', '')),
      () => Promise.reject(new PeerError('unreachable', '')),
      async () => TAKEN,
    ]
    bench.answer = () => (outcomes.shift() as () => Promise<unknown>)()
    const answer = bench.channel.request(CALL)
    for (let turn = 0; turn < 3; turn++) await bench.pass(50)
    expect((await answer).errorCode).toBe(0)
    expect(bench.asked).toEqual([92, 92, 92, 92])
  })

  test('takes what waits for the old leader to the new one', async () => {
    const bench = new Bench()
    bench.elect(2, 92)
    bench.answer = (port) => (port === 92 ? new Promise(() => {}) : Promise.resolve(TAKEN))
    const answer = bench.channel.request(CALL)
    await bench.pass(0)
    bench.elect(3, 93)
    await bench.pass(50)
    expect((await answer).errorCode).toBe(0)
    expect(bench.asked).toEqual([92, 93])
  })

  test('gives up in time', async () => {
    const bench = new Bench()
    bench.elect(2, 92)
    bench.answer = async () => NOT_ACTIVE
    const answer = bench.channel.request(CALL).catch((error: unknown) => error)
    for (let turn = 0; turn < 21; turn++) await bench.pass(50)
    const error = await answer
    expect(error).toBeInstanceOf(KafkaError)
    expect((error as KafkaError).error).toBe('REQUEST_TIMED_OUT')
  })

  test('tells of the first attempt where no other is wanted, and of what can never work', async () => {
    const bench = new Bench()
    await expect(bench.channel.request({ ...CALL, retry: false })).rejects.toMatchObject({ kind: 'unreachable' })
    bench.elect(2, 92)
    bench.answer = async () => NOT_ACTIVE
    expect((await bench.channel.request({ ...CALL, retry: false })).errorCode).toBe(ErrorCode.NOT_CONTROLLER)
    bench.answer = () => Promise.reject(new PeerError('unsupported', ''))
    await expect(bench.channel.request(CALL)).rejects.toMatchObject({ kind: 'unsupported' })
  })

  test('asks its own controller by the bytes of the request', async () => {
    const { max } = servedVersions(heartbeatApi)
    const meta = { version: max, correlationId: 0, clientId: 'to-controller' }
    const expected = Buffer.concat(encodeRequest(heartbeatApi, meta, BODY)).subarray(4)
    const bench = new Bench(async (frame) => {
      expect(frame.equals(expected)).toBe(true)
      // Correlation id and the tags of a flexible header.
      return Buffer.concat([Buffer.alloc(5), heartbeatApi.response.toBuffer(TAKEN, max)])
    })
    bench.elect(1, 91)
    expect(await bench.channel.request(CALL)).toEqual(TAKEN)
    expect(bench.asked).toEqual([])
  })

  test('a closed channel refuses who waits', async () => {
    const bench = new Bench()
    const answer = bench.channel.request(CALL)
    await bench.pass(0)
    bench.channel.close()
    await expect(answer).rejects.toMatchObject({ error: 'REQUEST_TIMED_OUT' })
  })
})
