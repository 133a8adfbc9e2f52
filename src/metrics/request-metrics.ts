import { type Api, ApiKey } from '../protocol/apis.ts'
import { errorWalkOf } from './error-counts.ts'
import { Histogram } from './histogram.ts'

/** The phases of a request, by the names that Kafka gives them; times are noted in microseconds. */
export const TIMES = [
  'TotalTimeMs',
  'RequestQueueTimeMs',
  'LocalTimeMs',
  'RemoteTimeMs',
  'ThrottleTimeMs',
  'ResponseQueueTimeMs',
  'ResponseSendTimeMs',
] as const
export type TimeName = (typeof TIMES)[number]

/** When things happened to one request, in monotonic ms. */
export interface RequestTimes {
  /** Its last byte came. */
  readonly arrivedMs: number
  readonly beganMs: number
  /** Its handler gave the loop back: to answer, or to wait for something. */
  readonly workedMs: number
  /** The answer was made. */
  readonly answeredMs: number
  /** Everything before it had been answered. */
  readonly leftMs: number
  /** The kernel has its last byte. */
  readonly sentMs: number
  /** How long its client is held back. */
  readonly throttleMs: number
}

/** What is counted for one API; Fetch has it twice, for consumers and for followers. */
export class ApiMetrics {
  /** By version. */
  readonly requests: number[] = []
  /** By code, from -1 on; see `errors`. */
  readonly #errors: number[] = []
  readonly #walk: ReturnType<typeof errorWalkOf>
  readonly requestBytes = new Histogram()
  readonly #total = new Histogram()
  readonly #queue = new Histogram()
  readonly #local = new Histogram()
  readonly #remote = new Histogram()
  readonly #throttle = new Histogram()
  readonly #responseQueue = new Histogram()
  readonly #responseSend = new Histogram()

  constructor(api: Api) {
    this.#walk = errorWalkOf(api.response)
  }

  received(version: number, bytes: number): void {
    this.requests[version] = (this.requests[version] ?? 0) + 1
    this.requestBytes.record(bytes)
  }

  answered(response: object): void {
    this.#walk(response as Readonly<Record<string, unknown>>, this.#count)
  }

  failed(code: number): void {
    this.#count(code)
  }

  readonly #count = (code: number): void => {
    this.#errors[code + 1] = (this.#errors[code + 1] ?? 0) + 1
  }

  done(times: RequestTimes): void {
    const { arrivedMs, beganMs, workedMs, answeredMs, leftMs, sentMs } = times
    this.#queue.record((beganMs - arrivedMs) * 1000)
    this.#local.record((workedMs - beganMs) * 1000)
    this.#remote.record((answeredMs - workedMs) * 1000)
    this.#responseQueue.record((leftMs - answeredMs) * 1000)
    this.#responseSend.record((sentMs - leftMs) * 1000)
    this.#throttle.record(times.throttleMs * 1000)
    this.#total.record((sentMs - arrivedMs) * 1000)
  }

  time(name: TimeName): Histogram {
    switch (name) {
      case 'TotalTimeMs':
        return this.#total
      case 'RequestQueueTimeMs':
        return this.#queue
      case 'LocalTimeMs':
        return this.#local
      case 'RemoteTimeMs':
        return this.#remote
      case 'ThrottleTimeMs':
        return this.#throttle
      case 'ResponseQueueTimeMs':
        return this.#responseQueue
      case 'ResponseSendTimeMs':
        return this.#responseSend
    }
  }

  /** Error codes with how often each was answered; 0 is success. */
  *errors(): Iterable<readonly [code: number, count: number]> {
    for (const [at, count] of this.#errors.entries()) if (count !== undefined) yield [at - 1, count]
  }
}

/** Under the names by which Kafka shows it: several parts where it shows them together too. */
export interface NamedApiMetrics {
  readonly name: string
  readonly parts: readonly ApiMetrics[]
}

/** Requests of all listeners of a node, by API: made for an API with its first request. */
export class RequestMetrics {
  readonly #apis: { readonly api: Api; readonly metrics: ApiMetrics }[] = []
  #followers: ApiMetrics | undefined

  of(api: Api, isFollower = false): ApiMetrics {
    if (isFollower && api.key === ApiKey.Fetch) {
      this.#followers ??= new ApiMetrics(api)
      return this.#followers
    }
    let known = this.#apis[api.key]
    if (known === undefined) {
      known = { api, metrics: new ApiMetrics(api) }
      this.#apis[api.key] = known
    }
    return known.metrics
  }

  all(): NamedApiMetrics[] {
    const found = this.#apis.flatMap(({ api, metrics }) =>
      api.key === ApiKey.Fetch ? [] : [{ name: api.name, parts: [metrics] }],
    )
    const consumers = this.#apis[ApiKey.Fetch]?.metrics
    const followers = this.#followers
    if (consumers !== undefined) found.push({ name: 'FetchConsumer', parts: [consumers] })
    if (followers !== undefined) found.push({ name: 'FetchFollower', parts: [followers] })
    const both = [consumers, followers].flatMap((part) => part ?? [])
    if (both.length > 0) found.push({ name: 'Fetch', parts: both })
    return found
  }
}
