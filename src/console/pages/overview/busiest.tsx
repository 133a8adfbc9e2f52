import type { GroupRow, TopicRow } from '../../../http/console/api.ts'
import { Card } from '../../kit/controls.tsx'
import { bytes, count, perSecond } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Link, to } from '../../kit/router.tsx'
import { Answered } from '../../kit/states.tsx'
import { type Column, LocalTable } from '../../kit/table.tsx'

const SHOWN = 6
const EVERY_MS = 7000

const topicColumns: readonly Column<TopicRow>[] = [
  { id: 'name', title: 'Topic', cell: ({ name }) => <Link to={to`/topics/${name}`}>{name}</Link> },
  {
    id: 'rate',
    title: 'Records in',
    align: 'end',
    width: '110px',
    cell: ({ recordsPerSecond }) => perSecond(recordsPerSecond),
  },
  {
    id: 'size',
    title: 'Size',
    align: 'end',
    width: '100px',
    from: 'desk',
    cell: ({ sizeInBytes }) => bytes(sizeInBytes),
  },
]

const groupColumns: readonly Column<GroupRow>[] = [
  { id: 'group', title: 'Group', cell: ({ group }) => <Link to={to`/groups/${group}`}>{group}</Link> },
  { id: 'state', title: 'State', width: '110px', from: 'desk', cell: ({ state }) => state },
  {
    id: 'lag',
    title: 'Lag',
    align: 'end',
    width: '110px',
    cell: ({ lag }) => <span className={(lag ?? 0) > 0 ? '' : 'quiet'}>{count(lag)}</span>,
  },
]

/** Where the most happens, and where the most waits. */
export function Busiest() {
  const topics = useAnswer(
    'GET /api/topics',
    { query: { sort: 'rate', order: 'descending', limit: SHOWN } },
    { everyMs: EVERY_MS },
  )
  const groups = useAnswer(
    'GET /api/groups',
    { query: { sort: 'lag', order: 'descending', limit: SHOWN } },
    { everyMs: EVERY_MS },
  )
  return (
    <div className="cards">
      <Card title="Busiest topics" actions={<Link to="/topics">All</Link>} flush>
        <Answered asked={topics}>
          {({ rows }) => (
            <LocalTable
              label="Busiest topics"
              rows={rows}
              columns={topicColumns}
              rowKey={({ name }) => name}
              href={({ name }) => to`/topics/${name}`}
            />
          )}
        </Answered>
      </Card>
      <Card title="Furthest behind" actions={<Link to="/groups">All</Link>} flush>
        <Answered asked={groups}>
          {({ rows }) =>
            rows.length === 0 ? (
              <p className="state">No group reads from this cluster yet.</p>
            ) : (
              <LocalTable
                label="Groups with the most lag"
                rows={rows}
                columns={groupColumns}
                rowKey={({ group }) => group}
                href={({ group }) => to`/groups/${group}`}
              />
            )
          }
        </Answered>
      </Card>
    </div>
  )
}
