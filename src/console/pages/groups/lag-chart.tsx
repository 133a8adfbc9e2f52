import { Legend, TimeChart } from '../../kit/chart.tsx'
import { Card } from '../../kit/controls.tsx'
import { count } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'

const MOST_TOPICS = 5

/** How far the group was behind while a console was open; nothing before there are two points to draw. */
export function LagChart({ group }: { readonly group: string }) {
  const { data } = useAnswer('GET /api/group/lag', { query: { group } }, { everyMs: 10_000 })
  if (data === undefined || data.total.values.filter((value) => value !== null).length < 2) return null
  const worst = [...data.topics]
    .sort((a, b) => newest(b.lag.values) - newest(a.lag.values))
    .slice(0, data.topics.length > 1 ? MOST_TOPICS : 0)
  const lines = [{ name: 'all', points: data.total }, ...worst.map(({ topic, lag }) => ({ name: topic, points: lag }))]
  return (
    <Card title="Lag over time" actions={lines.length > 1 ? <Legend names={lines.map(({ name }) => name)} /> : null}>
      <TimeChart label={`Lag of ${group}`} lines={lines} format={count} filled={lines.length === 1} />
    </Card>
  )
}

function newest(values: readonly (number | null)[]): number {
  return values.findLast((value) => value !== null) ?? 0
}
