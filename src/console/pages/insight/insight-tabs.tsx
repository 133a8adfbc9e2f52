import { Tabs } from '../../kit/controls.tsx'

const TABS = [
  ['refusals', 'Refused clients'],
  ['connections', 'Connections'],
  ['latencies', 'Latencies'],
  ['isr', 'In-sync replicas'],
] as const

/** What only a console inside of the broker can show. */
export function InsightTabs({ current }: { readonly current: (typeof TABS)[number][0] }) {
  return (
    <Tabs
      label="From inside of the broker"
      tabs={TABS.map(([name, title]) => ({ title, to: `/insight/${name}`, current: name === current }))}
    />
  )
}
