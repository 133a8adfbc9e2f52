import type { Clock } from '../io/ports.ts'
import type { ClientQuotaImage } from '../metadata/image-types.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { ConnectionInfo } from '../protocol/frame-handler.ts'
import type { QuotaWindow } from '../security/quotas/rate.ts'
import { type QuotaClient, type QuotaUse, RateQuota } from '../security/quotas/rate-quota.ts'
import type { RequestContext } from './handler.ts'

type Asked = Pick<RequestContext, 'clientId' | 'connection'>

export function quotaClient({ clientId, connection: { principal } }: Asked): QuotaClient {
  return { user: principal.slice(principal.indexOf(':') + 1), clientId: clientId ?? '' }
}

/** Between nodes of the cluster: what they do for it is nobody's use. */
const EXEMPT: ReadonlySet<number> = new Set<number>([
  ApiKey.WriteTxnMarkers,
  ApiKey.AlterPartition,
  ApiKey.AllocateProducerIds,
  ApiKey.AssignReplicasToDirs,
  ApiKey.Vote,
  ApiKey.BeginQuorumEpoch,
  ApiKey.EndQuorumEpoch,
  ApiKey.FetchSnapshot,
])

/** Told of each answer that a quota holds back. */
export type OnThrottled = (connection: ConnectionInfo, quota: string, ms: number) => void

/** How clients are held back by the quotas of bytes and of requests (KIP-13, KIP-124). */
export class ClientThrottles {
  readonly #clock: Clock
  readonly #produce: RateQuota
  readonly #fetch: RateQuota
  readonly #requests: RateQuota

  readonly #onThrottled: OnThrottled

  constructor(window: QuotaWindow, clock: Clock, onThrottled: OnThrottled = () => {}) {
    this.#clock = clock
    this.#onThrottled = onThrottled
    this.#produce = new RateQuota('producer_byte_rate', window)
    this.#fetch = new RateQuota('consumer_byte_rate', window)
    this.#requests = new RateQuota('request_percentage', window, window.sampleMs)
  }

  update(quotas: readonly ClientQuotaImage[]): void {
    for (const quota of [this.#produce, this.#fetch, this.#requests]) quota.update(quotas)
  }

  /** Who was counted lately for each of Kafka's resources, at most so many of each; nobody where there is no quota of it. */
  uses(most: number): { readonly resource: string; readonly uses: readonly QuotaUse[] }[] {
    const nowMs = this.#clock.monotonic()
    return [
      { resource: 'Produce', uses: this.#produce.uses(most, nowMs) },
      { resource: 'Fetch', uses: this.#fetch.uses(most, nowMs) },
      { resource: 'Request', uses: this.#requests.uses(most, nowMs) },
    ]
  }

  /** Whether time must be taken. */
  get countsTime(): boolean {
    return this.#requests.isEnabled
  }

  monotonicMs(): number {
    return this.#clock.monotonic()
  }

  /** A request came whose records were taken. */
  produced(context: RequestContext): number {
    const ms = this.#produce.record(quotaClient(context), context.frame?.length ?? 0, this.#clock.monotonic())
    return this.#told(context, 'producer_byte_rate', ms)
  }

  /** Records are about to be sent; where the client must be held back, they are not, and count for nothing. */
  fetched(context: RequestContext, bytes: number): number {
    const client = quotaClient(context)
    const nowMs = this.#clock.monotonic()
    const ms = this.#fetch.record(client, bytes, nowMs)
    if (ms > 0) this.#fetch.unrecord(client, bytes, nowMs)
    return this.#told(context, 'consumer_byte_rate', ms)
  }

  /** As much as one answer may carry. */
  mostFetched(context: RequestContext): number {
    return this.#fetch.isEnabled ? this.#fetch.mostInWindow(quotaClient(context)) : Number.MAX_SAFE_INTEGER
  }

  /** A request took so much of the broker's time. */
  worked(context: RequestContext, ms: number): number {
    if (EXEMPT.has(context.api.key)) return 0
    const waitMs = this.#requests.record(quotaClient(context), ms / 10, this.#clock.monotonic())
    return this.#told(context, 'request_percentage', waitMs)
  }

  #told({ connection }: Asked, quota: string, ms: number): number {
    if (ms > 0) this.#onThrottled(connection, quota, ms)
    return ms
  }
}
