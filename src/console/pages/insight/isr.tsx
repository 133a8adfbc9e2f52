import type { IsrChange } from '../../../http/console/api.ts'
import { Badge, PageHead, type Tone } from '../../kit/controls.tsx'
import { ago, plural, time } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Link, to, useQuery } from '../../kit/router.tsx'
import { Answered, Empty } from '../../kit/states.tsx'
import { type Column, LocalTable, TableTools } from '../../kit/table.tsx'
import { InsightTabs } from './insight-tabs.tsx'

const KINDS: Readonly<Record<IsrChange['kind'], readonly [tone: Tone, title: string]>> = {
  shrink: ['warn', 'replica lost'],
  expand: ['good', 'replica back'],
  leader: ['accent', 'new leader'],
  offline: ['bad', 'no leader'],
}

const COLUMNS: readonly Column<IsrChange>[] = [
  {
    id: 'time',
    title: 'When',
    width: '130px',
    sortBy: ({ atMs }) => atMs,
    cell: ({ atMs }) => <time title={time(atMs)}>{ago(atMs)}</time>,
  },
  {
    id: 'kind',
    title: 'What',
    width: '130px',
    sortBy: ({ kind }) => kind,
    cell: ({ kind }) => <Badge tone={KINDS[kind][0]}>{KINDS[kind][1]}</Badge>,
  },
  {
    id: 'partition',
    title: 'Partition',
    width: '24%',
    sortBy: ({ topic, partition }) => `${topic} ${partition}`,
    cell: ({ topic, partition }) => (
      <Link to={to`/topics/${topic}/partitions`}>
        {topic}-{partition}
      </Link>
    ),
  },
  { id: 'message', title: 'In words', from: 'desk', cell: ({ message }) => <span title={message}>{message}</span> },
  {
    id: 'isr',
    title: 'In sync',
    width: '150px',
    from: 'wide',
    cell: ({ isr, before }) => (
      <span className="num">
        <span className="quiet">{before.isr.join(', ') || 'none'} → </span>
        {isr.join(', ') || 'none'}
      </span>
    ),
  },
]

/** When replicas fell out of sync and came back, and when leaders changed. */
export function IsrPage() {
  const [search, setSearch] = useQuery('search')
  const asked = useAnswer('GET /api/insight/isr', { query: { limit: 1000 } }, { everyMs: 3000 })
  const { data } = asked
  return (
    <>
      <PageHead
        title="In-sync replicas"
        below={data && `Changes in the cluster since ${time(data.sinceMs).slice(0, 16)}`}
      />
      <InsightTabs current="isr" />
      <TableTools
        search={search}
        onSearch={setSearch}
        placeholder="Filter changes"
        count={data === undefined ? '' : plural(data.changes.length, 'change')}
      />
      <Answered asked={asked}>
        {({ changes }) => (
          <LocalTable
            label="Changes of in-sync replicas"
            rows={changes}
            columns={COLUMNS}
            search={search}
            textOf={({ topic, partition, message }) => `${topic}-${partition} ${message}`}
            rowKey={({ atMs, topic, partition, kind }) => `${atMs} ${topic} ${partition} ${kind}`}
            firstSort={{ id: 'time', descending: true }}
            empty={
              <Empty icon="check" title="Nothing changed">
                Each partition has had the same leader and the same replicas in sync since this broker started.
              </Empty>
            }
          />
        )}
      </Answered>
    </>
  )
}
