import type { IconName } from '../kit/icon.tsx'

/** A page that the navigation leads to. */
export interface Place {
  readonly path: string
  readonly title: string
  readonly icon: IconName
  /** Under which heading it stands; empty: none. */
  readonly group: '' | 'Data' | 'Cluster' | 'Access'
  /** Pages that its tabs lead to. */
  readonly covers?: readonly string[]
  /** The keys that lead there. */
  readonly keys?: string
}

/** In the order of the navigation; `routes.tsx` says what they show. */
export const PLACES: readonly Place[] = [
  { path: '/', title: 'Overview', icon: 'overview', group: '', keys: 'g o' },
  { path: '/topics', title: 'Topics', icon: 'topics', group: 'Data', keys: 'g t' },
  { path: '/groups', title: 'Groups', icon: 'groups', group: 'Data', keys: 'g g' },
  { path: '/schemas', title: 'Schemas', icon: 'schemas', group: 'Data', keys: 'g s' },
  { path: '/transactions', title: 'Transactions', icon: 'transactions', group: 'Data', keys: 'g x' },
  {
    path: '/brokers',
    title: 'Brokers',
    icon: 'brokers',
    group: 'Cluster',
    covers: ['/reassignments', '/log-dirs', '/quorum'],
    keys: 'g b',
  },
  { path: '/map', title: 'Partition map', icon: 'map', group: 'Cluster', keys: 'g m' },
  {
    path: '/insight/refusals',
    title: 'Refused clients',
    icon: 'connections',
    group: 'Cluster',
    covers: ['/insight', '/insight/connections', '/insight/isr'],
    keys: 'g r',
  },
  { path: '/insight/latencies', title: 'Latencies', icon: 'clock', group: 'Cluster', keys: 'g l' },
  { path: '/acls', title: 'ACLs', icon: 'acls', group: 'Access', keys: 'g a' },
  { path: '/users', title: 'Users', icon: 'users', group: 'Access', keys: 'g u' },
  { path: '/quotas', title: 'Quotas', icon: 'quotas', group: 'Access', keys: 'g q' },
]
