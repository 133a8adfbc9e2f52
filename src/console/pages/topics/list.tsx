import { PageHead } from '../../kit/controls.tsx'
export function TopicsPage() {
  return <PageHead title="Topics" />
}
