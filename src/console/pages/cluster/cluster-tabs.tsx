import { Tabs } from '../../kit/controls.tsx'

const TABS = [
  ['brokers', 'Brokers'],
  ['map', 'Partition map'],
  ['reassignments', 'Reassignments'],
  ['log-dirs', 'Log directories'],
  ['quorum', 'Quorum'],
] as const

/** What the cluster is made of. */
export function ClusterTabs({ current }: { readonly current: (typeof TABS)[number][0] }) {
  return (
    <Tabs
      label="The cluster"
      tabs={TABS.map(([name, title]) => ({ title, to: `/${name}`, current: name === current }))}
    />
  )
}
