import type { IconName } from '../kit/icon.tsx'

/** A page that the navigation leads to. */
export interface Place {
  readonly path: string
  readonly title: string
  readonly icon: IconName
  /** Under which heading it stands; empty: none. */
  readonly group: '' | 'Data' | 'Cluster' | 'Access'
  /** The keys that lead there. */
  readonly keys?: string
}

/** In the order of the navigation; `routes.tsx` says what they show. */
export const PLACES: readonly Place[] = [
  { path: '/', title: 'Overview', icon: 'overview', group: '', keys: 'g o' },
  { path: '/topics', title: 'Topics', icon: 'topics', group: 'Data', keys: 'g t' },
  { path: '/groups', title: 'Groups', icon: 'groups', group: 'Data', keys: 'g g' },
]
