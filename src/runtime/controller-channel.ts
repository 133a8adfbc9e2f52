import { ErrorCode, KafkaError } from '../base/errors.ts'
import type { Clock } from '../io/ports.ts'
import { type Api, apiOf, type CallKey, type Calls, servedVersions } from '../protocol/apis.ts'
import { decodeAnswer, encodeRequest } from '../protocol/request-frame.ts'
import { saysError } from '../protocol/says-error.ts'
import type { ControllerCall, ControllerRequests, KnownLeader } from './controller-types.ts'
import { type PeerClient, type PeerDirectory, PeerError } from './peer-types.ts'

export type { ControllerCall, ControllerRequests, KnownLeader } from './controller-types.ts'

/** What the channel needs to know of the metadata quorum. */
export interface LeaderView {
  leader(): KnownLeader
  onLeader(listener: () => void): () => void
}

export interface ControllerChannelOptions {
  readonly nodeId: number
  readonly quorum: LeaderView
  /** This node's own controller: takes a request frame without its size, gives the answer's. Absent: it has none. */
  readonly local: ((frame: Buffer) => Promise<Buffer>) | undefined
  readonly peers: PeerDirectory
  readonly clock: Clock
  readonly retryMs?: number
}

const PURPOSE = 'to-controller'
const SIZE_BYTES = 4
const RETRY_MS = 50

type Outcome = { readonly answer: unknown } | { readonly error: PeerError }

/**
 * Requests for the active controller. When the leader changes, what waits for the old one is sent to the new one: whoever
 * asks for something must bear that it is done twice.
 */
export class ControllerChannel implements ControllerRequests {
  readonly #options: ControllerChannelOptions
  readonly #changed = new Set<() => void>()
  readonly #stopListening: () => void
  #client: { readonly peer: PeerClient; readonly leaderId: number } | undefined
  #closed = false

  constructor(options: ControllerChannelOptions) {
    this.#options = options
    this.#stopListening = options.quorum.onLeader(() => this.#leaderChanged())
  }

  async request<K extends CallKey>(call: ControllerCall<K>): Promise<Calls[K]['response']> {
    const { clock } = this.#options
    const deadline = clock.monotonic() + call.timeoutMs
    for (;;) {
      const outcome = await this.#attempt(call, deadline - clock.monotonic())
      if ('answer' in outcome && (call.retry === false || !saysError(outcome.answer, ErrorCode.NOT_CONTROLLER))) {
        return outcome.answer as Calls[K]['response']
      }
      if ('error' in outcome && (call.retry === false || outcome.error.kind === 'unsupported')) throw outcome.error
      const left = deadline - clock.monotonic()
      if (left <= 0 || this.#closed) throw new KafkaError('REQUEST_TIMED_OUT', 'The active controller did not answer')
      await this.#pause(Math.min(left, this.#options.retryMs ?? RETRY_MS))
    }
  }

  async #attempt<K extends CallKey>(call: ControllerCall<K>, timeoutMs: number): Promise<Outcome> {
    const { quorum, nodeId, local } = this.#options
    const leader = quorum.leader()
    try {
      if (leader.id === nodeId && local) return { answer: await this.#askLocally(call, local, timeoutMs) }
      const peer = this.#peerOf(leader)
      if (peer === undefined) return { error: new PeerError('unreachable', 'no active controller is known') }
      return { answer: await peer.request({ ...call, timeoutMs }) }
    } catch (error) {
      if (error instanceof PeerError) return { error }
      throw error
    }
  }

  #peerOf({ id, endpoint }: KnownLeader): PeerClient | undefined {
    if (id < 0 || endpoint === undefined || this.#closed) return undefined
    const { address } = this.#client?.peer ?? {}
    if (address?.host !== endpoint.host || address.port !== endpoint.port) {
      this.#client?.peer.close()
      this.#client = { peer: this.#options.peers.to(endpoint, PURPOSE), leaderId: id }
    }
    return this.#client?.peer
  }

  /** The way that a peer's request takes, without the socket: the bytes make sure that it is the same. */
  async #askLocally<K extends CallKey>(
    call: ControllerCall<K>,
    local: (frame: Buffer) => Promise<Buffer>,
    timeoutMs: number,
  ): Promise<unknown> {
    const api = apiOf(call.api) as Api
    const version = Math.min(servedVersions(api).max, call.maxVersion ?? Number.MAX_SAFE_INTEGER)
    const body = typeof call.body === 'function' ? call.body(version) : call.body
    const meta = { version, correlationId: 0, clientId: PURPOSE }
    const frame = Buffer.concat(encodeRequest(api, meta, body)).subarray(SIZE_BYTES)
    const answer = await this.#inTime(local(frame), timeoutMs)
    return decodeAnswer(api, version, 0, answer)
  }

  #inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = () =>
        reject(new PeerError('timeout', `this node's controller did not answer within ${timeoutMs} ms`))
      const timer = this.#options.clock.after(Math.max(0, timeoutMs), late)
      work.then(resolve, reject).finally(() => timer.cancel())
    })
  }

  /** Until the leader changes, at most `ms`. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#changed.delete(wake)
        timer.cancel()
        resolve()
      }
      const timer = this.#options.clock.after(ms, wake)
      this.#changed.add(wake)
    })
  }

  #leaderChanged(): void {
    const leader = this.#options.quorum.leader()
    if (this.#client !== undefined && leader.id >= 0 && leader.id !== this.#client.leaderId) {
      this.#client.peer.close()
      this.#client = undefined
    }
    for (const wake of [...this.#changed]) wake()
  }

  /** What waits is refused. */
  close(): void {
    this.#closed = true
    this.#stopListening()
    this.#client?.peer.close()
    for (const wake of [...this.#changed]) wake()
  }
}
