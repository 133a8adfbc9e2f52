import { PageHead } from '../../kit/controls.tsx'
import type { Params } from '../../kit/router.tsx'
export function TopicPage({ params }: { readonly params: Params }) {
  return <PageHead title={params.topic ?? ''} above={{ title: 'Topics', to: '/topics' }} />
}
