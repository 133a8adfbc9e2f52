import { ClientThrottles } from '../broker/client-throttles.ts'
import type { MutationThrottle } from '../broker/mutation-throttle.ts'
import { MutationQuota } from '../security/quotas/mutation-quota.ts'
import type { World } from './world.ts'

type Needs = Pick<World, 'config' | 'effective' | 'clock'>

/** The quotas of bytes and requests that this broker enforces, kept as the metadata says. */
export function clientThrottles({
  config,
  effective,
  clock,
  insight,
}: Needs & Pick<World, 'insight'>): ClientThrottles {
  const window = {
    samples: config.get('quota.window.num'),
    sampleMs: config.get('quota.window.size.seconds') * 1000,
  }
  const throttles = new ClientThrottles(window, clock, (...told) => insight.throttled(...told))
  effective.follow(() => throttles.update([...(effective.image?.clientQuotas.values() ?? [])]))
  return throttles
}

/** The quota of changes to partitions that this controller enforces while it is the active one. */
export function mutationThrottle({ config, effective, clock }: Needs): MutationThrottle {
  const quota = new MutationQuota({
    samples: config.get('controller.quota.window.num'),
    sampleMs: config.get('controller.quota.window.size.seconds') * 1000,
  })
  effective.follow(() => quota.update([...(effective.image?.clientQuotas.values() ?? [])]))
  return { quota, clock }
}
