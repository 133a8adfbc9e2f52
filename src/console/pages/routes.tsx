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
]
