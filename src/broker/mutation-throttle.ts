import type { Clock } from '../io/ports.ts'
import type { MutationQuota } from '../security/quotas/mutation-quota.ts'
import { quotaClient } from './client-throttles.ts'
import type { RequestContext } from './handler.ts'

export interface MutationDeps {
  /** Left out: clients may change as much as they like. */
  readonly mutations?: MutationThrottle | undefined
}

export interface MutationThrottle {
  readonly quota: MutationQuota
  readonly clock: Clock
}

/** What a request may do, and how long its client is held back for it. */
export function beginMutations({ mutations }: MutationDeps, context: RequestContext, strictSince: number) {
  if (mutations === undefined) return { count: () => {}, throttleTimeMs: () => 0 }
  const { quota, clock } = mutations
  const begun = quota.begin(quotaClient(context), context.apiVersion >= strictSince, clock.monotonic())
  return {
    count: (partitions: number) => begun.record(partitions),
    throttleTimeMs: () => begun.throttleMs(clock.monotonic()),
  }
}
