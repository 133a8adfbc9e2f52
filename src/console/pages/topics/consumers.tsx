import type { TopicConsumer } from '../../../http/console/api.ts'
import { Badge } from '../../kit/controls.tsx'
import { count } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Link, to } from '../../kit/router.tsx'
import { Answered, Empty, Warnings } from '../../kit/states.tsx'
import { type Column, LocalTable } from '../../kit/table.tsx'

const COLUMNS: readonly Column<TopicConsumer>[] = [
  {
    id: 'group',
    title: 'Group',
    sortBy: ({ group }) => group,
    cell: ({ group }) => <Link to={to`/groups/${group}`}>{group}</Link>,
  },
  { id: 'kind', title: 'Kind', width: '110px', from: 'desk', sortBy: ({ kind }) => kind, cell: ({ kind }) => kind },
  {
    id: 'state',
    title: 'State',
    width: '140px',
    sortBy: ({ state }) => state,
    cell: ({ state }) => <Badge tone={state.toUpperCase() === 'STABLE' ? 'good' : 'neutral'}>{state}</Badge>,
  },
  {
    id: 'partitions',
    title: 'Partitions',
    width: '110px',
    align: 'end',
    from: 'desk',
    hint: 'For which it has committed',
    sortBy: ({ partitions }) => partitions.length,
    cell: ({ partitions }) => count(partitions.length),
  },
  {
    id: 'lag',
    title: 'Lag here',
    width: '120px',
    align: 'end',
    sortBy: ({ lag }) => lag,
    cell: ({ lag }) => count(lag),
  },
]

/** The groups that have committed offsets of this topic. */
export function ConsumersTab({ topic }: { readonly topic: string }) {
  const asked = useAnswer('GET /api/topics/:topic/consumers', { topic }, { everyMs: 5000 })
  return (
    <Answered asked={asked}>
      {({ consumers, warnings }) => (
        <div className="stack tight">
          <Warnings warnings={warnings} />
          <LocalTable
            label="Groups that read it"
            rows={consumers}
            columns={COLUMNS}
            rowKey={({ group }) => group}
            href={({ group }) => to`/groups/${group}`}
            firstSort={{ id: 'lag', descending: true }}
            empty={
              <Empty icon="groups" title="No group reads this topic">
                A group is listed here when it has committed an offset of one of its partitions.
              </Empty>
            }
          />
        </div>
      )}
    </Answered>
  )
}
