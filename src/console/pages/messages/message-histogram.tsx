import { Bars } from '../../kit/chart.tsx'
import { clock, count, date, plural } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import type { Chosen } from './choose.tsx'
import { parsedTime } from './times.ts'

const BUCKETS = 60

export interface MessageHistogramProps {
  readonly topic: string
  readonly chosen: Chosen
  /** Asked anew with each reading. */
  readonly again: number
  readonly onChoose: (fromMs: number, untilMs: number) => void
}

const at = (ms: number): string => `${date(ms)} ${clock(ms)}`

/** When the records were written; a click reads those of a bar, and shows it in finer bars. */
export function MessageHistogram({ topic, chosen, again, onChoose }: MessageHistogramProps) {
  const from = chosen.from === 'time' ? parsedTime(chosen.at) : undefined
  const until = chosen.from === 'time' ? parsedTime(chosen.until) : undefined
  const query = {
    buckets: BUCKETS,
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
    ...(chosen.partitions !== '' && { partitions: chosen.partitions }),
  }
  // A relative time is another at each drawing: what was typed tells questions apart.
  const { data } = useAnswer(
    'GET /api/topics/:topic/histogram',
    { topic, query },
    { key: JSON.stringify([topic, chosen.from, chosen.at, chosen.until, chosen.partitions, again]), keep: true },
  )
  if (data === undefined) return <div className="histogram" />
  if (data.total === 0) return null
  const { fromMs, bucketMs, counts } = data
  const isWide = data.untilMs - fromMs > 86_400_000
  const end = (ms: number) => (isWide ? at(ms).slice(0, 16) : clock(ms))
  return (
    <div className="histogram">
      <Bars
        label={`Records over time, ${count(data.total)} in all`}
        values={counts}
        nameOf={(nth) => `${at(fromMs + nth * bucketMs)} to ${clock(fromMs + (nth + 1) * bucketMs)}`}
        format={(value) => plural(value, 'record')}
        ends={[end(fromMs), end(data.untilMs)]}
        onChoose={(nth) => onChoose(Math.floor(fromMs + nth * bucketMs), Math.ceil(fromMs + (nth + 1) * bucketMs))}
      />
    </div>
  )
}
