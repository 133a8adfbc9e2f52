import { KafkaError } from '../../base/errors.ts'
import type { ClientQuotaImage } from '../../metadata/image-types.ts'
import { ClientLimits } from './client-limits.ts'
import type { QuotaWindow } from './rate.ts'
import type { QuotaClient } from './rate-quota.ts'
import { TokenBucket } from './token-bucket.ts'
import { Usage } from './usage.ts'

/** What one request may do to partitions; counted as it does it. */
export interface Mutations {
  /** Throws THROTTLING_QUOTA_EXCEEDED where the request is one that can be told so. */
  record(partitions: number): void
  /** How long the client must be held back because of what was recorded. */
  throttleMs(nowMs: number): number
}

/** controller_mutation_rate (KIP-599): partitions that a client may have created and deleted per second. */
export class MutationQuota {
  readonly #usage: Usage<TokenBucket>
  #limits = new ClientLimits('controller_mutation_rate', [])

  constructor(window: QuotaWindow) {
    this.#usage = new Usage(() => new TokenBucket(window))
  }

  update(quotas: Iterable<ClientQuotaImage>): void {
    this.#limits = new ClientLimits('controller_mutation_rate', quotas)
    if (this.#limits.isEmpty) this.#usage.clear()
  }

  /** `strict`: what is over the quota is refused, for clients that know the error; others are only held back. */
  begin({ user, clientId }: QuotaClient, strict: boolean, nowMs: number): Mutations {
    const group = this.#limits.groupOf(user, clientId)
    const { limit } = group
    if (limit === undefined) return UNLIMITED
    const bucket = this.#usage.of(group, nowMs)
    let dueMs = nowMs
    return {
      record(partitions) {
        const debtMs = bucket.throttleMs(limit, nowMs)
        if (strict && debtMs > 0) {
          dueMs = nowMs + debtMs
          throw new KafkaError('THROTTLING_QUOTA_EXCEEDED')
        }
        bucket.take(partitions, limit, nowMs)
        if (!strict) dueMs = nowMs + bucket.throttleMs(limit, nowMs)
      },
      throttleMs: (thenMs) => Math.max(0, Math.ceil(dueMs - thenMs)),
    }
  }
}

const UNLIMITED: Mutations = { record: () => {}, throttleMs: () => 0 }
