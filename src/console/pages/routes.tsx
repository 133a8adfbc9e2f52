import { type ComponentType, lazy } from 'react'
import type { Params } from '../kit/router.tsx'

/** What a path shows. `pattern` as `match` reads it; the page is given what stands in its places. */
export interface PageRoute {
  readonly pattern: string
  readonly Page: ComponentType<{ readonly params: Params }>
}

/** The first that fits. Pages are loaded when they are first shown. */
export const ROUTES: readonly PageRoute[] = [
  {
    pattern: '/',
    Page: lazy(() => import('./overview/overview.tsx').then(({ OverviewPage }) => ({ default: OverviewPage }))),
  },
  {
    pattern: '/topics',
    Page: lazy(() => import('./topics/list.tsx').then(({ TopicsPage }) => ({ default: TopicsPage }))),
  },
  {
    pattern: '/topics/:topic/:tab?',
    Page: lazy(() => import('./topics/topic.tsx').then(({ TopicPage }) => ({ default: TopicPage }))),
  },
  {
    pattern: '/groups',
    Page: lazy(() => import('./groups/list.tsx').then(({ GroupsPage }) => ({ default: GroupsPage }))),
  },
  {
    pattern: '/groups/:group/:tab?',
    Page: lazy(() => import('./groups/group.tsx').then(({ GroupPage }) => ({ default: GroupPage }))),
  },
  {
    pattern: '/schemas',
    Page: lazy(() => import('./schemas/subjects.tsx').then(({ SubjectsPage }) => ({ default: SubjectsPage }))),
  },
  {
    pattern: '/schemas/:subject',
    Page: lazy(() => import('./schemas/subject.tsx').then(({ SubjectPage }) => ({ default: SubjectPage }))),
  },
  {
    pattern: '/transactions/:tab?',
    Page: lazy(() =>
      import('./transactions/transactions.tsx').then(({ TransactionsPage }) => ({ default: TransactionsPage })),
    ),
  },
  {
    pattern: '/brokers',
    Page: lazy(() => import('./cluster/brokers.tsx').then(({ BrokersPage }) => ({ default: BrokersPage }))),
  },
  {
    pattern: '/brokers/:broker',
    Page: lazy(() => import('./cluster/broker.tsx').then(({ BrokerPage }) => ({ default: BrokerPage }))),
  },
  {
    pattern: '/map',
    Page: lazy(() =>
      import('./cluster/partition-map.tsx').then(({ PartitionMapPage }) => ({ default: PartitionMapPage })),
    ),
  },
  {
    pattern: '/reassignments',
    Page: lazy(() =>
      import('./cluster/reassignments.tsx').then(({ ReassignmentsPage }) => ({ default: ReassignmentsPage })),
    ),
  },
  {
    pattern: '/log-dirs',
    Page: lazy(() => import('./cluster/log-dirs.tsx').then(({ LogDirsPage }) => ({ default: LogDirsPage }))),
  },
  {
    pattern: '/quorum',
    Page: lazy(() => import('./cluster/quorum.tsx').then(({ QuorumPage }) => ({ default: QuorumPage }))),
  },
  {
    pattern: '/acls',
    Page: lazy(() => import('./access/acls.tsx').then(({ AclsPage }) => ({ default: AclsPage }))),
  },
  {
    pattern: '/users',
    Page: lazy(() => import('./access/users.tsx').then(({ UsersPage }) => ({ default: UsersPage }))),
  },
  {
    pattern: '/quotas',
    Page: lazy(() => import('./access/quotas.tsx').then(({ QuotasPage }) => ({ default: QuotasPage }))),
  },
  {
    pattern: '/insight',
    Page: lazy(() => import('./insight/refusals.tsx').then(({ RefusalsPage }) => ({ default: RefusalsPage }))),
  },
  {
    pattern: '/insight/refusals',
    Page: lazy(() => import('./insight/refusals.tsx').then(({ RefusalsPage }) => ({ default: RefusalsPage }))),
  },
  {
    pattern: '/insight/connections',
    Page: lazy(() => import('./insight/connections.tsx').then(({ ConnectionsPage }) => ({ default: ConnectionsPage }))),
  },
  {
    pattern: '/insight/latencies',
    Page: lazy(() => import('./insight/latencies.tsx').then(({ LatenciesPage }) => ({ default: LatenciesPage }))),
  },
  {
    pattern: '/insight/isr',
    Page: lazy(() => import('./insight/isr.tsx').then(({ IsrPage }) => ({ default: IsrPage }))),
  },
]
