import type { QuorumReplica } from '../../../http/console/api.ts'
import { Badge, Card, PageHead, Stats } from '../../kit/controls.tsx'
import { ago, count, time } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Answered, Empty } from '../../kit/states.tsx'
import { type Column, LocalTable } from '../../kit/table.tsx'
import { ClusterTabs } from './cluster-tabs.tsx'

function columnsOf(leaderId: number): readonly Column<QuorumReplica>[] {
  return [
    {
      id: 'id',
      title: 'Node',
      sortBy: ({ id }) => id,
      cell: ({ id, endpoints, directoryId }) => (
        <span className="row" title={directoryId}>
          {id} {id === leaderId && <Badge tone="accent">leader</Badge>}
          <span className="quiet ellipsis">{endpoints.map(({ host, port }) => `${host}:${port}`).join(', ')}</span>
        </span>
      ),
    },
    {
      id: 'end',
      title: 'End of its log',
      align: 'end',
      width: '140px',
      from: 'desk',
      sortBy: ({ logEndOffset }) => logEndOffset,
      cell: ({ logEndOffset }) => count(logEndOffset),
    },
    {
      id: 'lag',
      title: 'Behind by',
      align: 'end',
      width: '100px',
      sortBy: ({ lag }) => lag,
      cell: ({ lag }) => <span className={lag === 0 ? 'quiet' : ''}>{count(lag)}</span>,
    },
    {
      id: 'fetch',
      title: 'Last fetched',
      align: 'end',
      width: '130px',
      from: 'desk',
      cell: ({ lastFetchMs }) => <When ms={lastFetchMs} />,
    },
    {
      id: 'caught',
      title: 'Caught up',
      align: 'end',
      width: '116px',
      cell: ({ lastCaughtUpMs }) => <When ms={lastCaughtUpMs} />,
    },
  ]
}

function When({ ms }: { readonly ms: number | undefined }) {
  return ms === undefined ? <span className="quiet">–</span> : <time title={time(ms)}>{ago(ms)}</time>
}

/** Who keeps the cluster's metadata, and how far each one is. */
export function QuorumPage() {
  const asked = useAnswer('GET /api/quorum', {}, { everyMs: 3000 })
  return (
    <>
      <PageHead title="Quorum" below="The controllers, and the log of metadata that they agree on" />
      <ClusterTabs current="quorum" />
      <Answered asked={asked}>
        {({ leaderId, leaderEpoch, highWatermark, voters, observers }) => (
          <div className="stack">
            <Stats
              stats={[
                {
                  name: 'Leader',
                  value: leaderId < 0 ? 'none' : `node ${leaderId}`,
                  ...(leaderId < 0 && { tone: 'bad' }),
                },
                { name: 'Epoch', value: count(leaderEpoch), note: 'grows with each election' },
                { name: 'Agreed up to', value: count(highWatermark) },
                { name: 'Voters', value: count(voters.length) },
              ]}
            />
            <Card title="Voters" flush>
              <LocalTable label="Voters" rows={voters} columns={columnsOf(leaderId)} rowKey={keyOf} firstSort={BY_ID} />
            </Card>
            <Card title="Observers" flush>
              <LocalTable
                label="Observers"
                rows={observers}
                columns={columnsOf(leaderId)}
                rowKey={keyOf}
                firstSort={BY_ID}
                empty={<Empty icon="quorum" title="Every node votes" />}
              />
            </Card>
          </div>
        )}
      </Answered>
    </>
  )
}

const BY_ID = { id: 'id', descending: false } as const
const keyOf = ({ id, directoryId }: QuorumReplica): string => `${id} ${directoryId ?? ''}`
