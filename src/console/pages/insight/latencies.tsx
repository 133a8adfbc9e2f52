import { useState } from 'react'
import type { ApiLatency, Phase } from '../../../http/console/api.ts'
import { Badge, Card, Facts, PageHead } from '../../kit/controls.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { count, duration, plural } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Answered, Empty } from '../../kit/states.tsx'
import { type Column, LocalTable } from '../../kit/table.tsx'
import { InsightTabs } from './insight-tabs.tsx'

const PHASES: readonly (readonly [phase: Phase, title: string, meaning: string])[] = [
  ['requestQueue', 'Waits', 'until it is its turn'],
  ['local', 'Works', 'in this broker: reading, writing, deciding'],
  ['remote', 'Waits for others', 'for replicas, for new records, for a coordinator'],
  ['throttle', 'Throttled', 'held back by a quota'],
  ['responseQueue', 'Waits to be sent', 'behind other answers'],
  ['responseSend', 'Is sent', 'until the socket has taken it'],
]

const COLUMNS: readonly Column<ApiLatency>[] = [
  {
    id: 'api',
    title: 'Request',
    sortBy: ({ api }) => api,
    cell: ({ api }) => <b className="strong ellipsis">{api}</b>,
  },
  {
    id: 'requests',
    title: 'How many',
    align: 'end',
    width: '120px',
    from: 'desk',
    sortBy: ({ requests }) => requests,
    cell: ({ requests }) => count(requests),
  },
  ...(['p50', 'p95', 'p99', 'p999'] as const).map(
    (which): Column<ApiLatency> => ({
      id: which,
      title: which === 'p999' ? 'p99.9' : which,
      align: 'end',
      width: '90px',
      ...((which === 'p95' || which === 'p999') && { from: 'desk' as const }),
      sortBy: ({ phases }) => phases.total[which],
      cell: ({ phases }) => duration(phases.total[which]),
    }),
  ),
  {
    id: 'errors',
    title: 'Errors',
    align: 'end',
    width: '100px',
    from: 'desk',
    sortBy: ({ errors }) => failures(errors),
    cell: ({ errors }) => {
      const failed = failures(errors)
      return <span className={failed === 0 ? 'quiet' : 'warn'}>{count(failed)}</span>
    },
  },
]

function failures(errors: ApiLatency['errors']): number {
  return errors.filter(({ code }) => code !== 'NONE').reduce((sum, error) => sum + error.count, 0)
}

/** How long requests of each kind take in this broker, and where that time goes. */
export function LatenciesPage() {
  const asked = useAnswer('GET /api/insight/latencies', {}, { everyMs: 3000 })
  const [open, setOpen] = useState<string>()
  return (
    <>
      <PageHead title="Latencies" below="Of the broker that serves this console, in the last minutes" />
      <InsightTabs current="latencies" />
      <Answered asked={asked}>
        {({ apis }) => {
          const chosen = apis.find(({ api }) => api === open)
          return (
            <>
              <LocalTable
                label="Latencies by request"
                rows={apis.filter(({ requests }) => requests > 0)}
                columns={COLUMNS}
                rowKey={({ api }) => api}
                onOpen={({ api }) => setOpen(api)}
                firstSort={{ id: 'requests', descending: true }}
                empty={<Empty icon="clock" title="No request was answered yet" />}
              />
              {chosen !== undefined && <Phases latency={chosen} onClose={() => setOpen(undefined)} />}
            </>
          )
        }}
      </Answered>
    </>
  )
}

function Phases({ latency, onClose }: { readonly latency: ApiLatency; readonly onClose: () => void }) {
  const { api, phases, errors, versions, requests } = latency
  const most = Math.max(Number.MIN_VALUE, ...PHASES.map(([phase]) => phases[phase].p99))
  const failed = errors.filter(({ code }) => code !== 'NONE')
  return (
    <Dialog wide title={`${api}: ${plural(requests, 'request')}`} onClose={onClose}>
      <Card title="Where the time goes (p99)">
        <dl className="facts">
          {PHASES.map(([phase, title, meaning]) => (
            <div key={phase} style={{ display: 'contents' }}>
              <dt title={meaning}>{title}</dt>
              <dd className="row">
                <span className="bar" style={{ flex: 1 }} aria-hidden="true">
                  <i style={{ width: `${(phases[phase].p99 / most) * 100}%` }} />
                </span>
                <span className="num" style={{ minWidth: '9ch', textAlign: 'end' }}>
                  {duration(phases[phase].p99)}
                </span>
              </dd>
            </div>
          ))}
        </dl>
      </Card>
      <Facts
        facts={[
          ['Versions', versions.map(({ version, count: times }) => `v${version}: ${count(times)}`).join(', ')],
          [
            'Errors',
            failed.length === 0 ? (
              'none'
            ) : (
              <span key="errors" className="row wrap">
                {failed.map((error) => (
                  <Badge key={error.code} tone="warn">
                    {error.code} {count(error.count)}
                  </Badge>
                ))}
              </span>
            ),
          ],
        ]}
      />
    </Dialog>
  )
}
