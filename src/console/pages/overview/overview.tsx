import { PageHead } from '../../kit/controls.tsx'
export function OverviewPage() {
  return <PageHead title="Overview" />
}
