import type { ActiveProducer } from '../../../http/console/api.ts'
import { Badge } from '../../kit/controls.tsx'
import { TextField } from '../../kit/form.tsx'
import { ago, count, time } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { useQuery } from '../../kit/router.tsx'
import { Answered, Empty, Warnings } from '../../kit/states.tsx'
import { type Column, LocalTable } from '../../kit/table.tsx'
import { useSettled } from '../../kit/window.ts'
import { PARTITION } from '../partition-column.tsx'
import { PRODUCER } from './columns.tsx'

const COLUMNS: readonly Column<ActiveProducer>[] = [
  PARTITION,
  PRODUCER,
  {
    id: 'sequence',
    title: 'Last sequence',
    align: 'end',
    width: '130px',
    from: 'desk',
    hint: 'By it the broker knows records that were sent twice',
    cell: ({ lastSequence }) => count(lastSequence),
  },
  {
    id: 'time',
    title: 'Last wrote',
    align: 'end',
    width: '116px',
    sortBy: ({ lastTimestamp }) => lastTimestamp,
    cell: ({ lastTimestamp }) => <time title={time(lastTimestamp)}>{ago(lastTimestamp)}</time>,
  },
  {
    id: 'transaction',
    title: 'Transaction',
    width: '150px',
    cell: ({ transactionStartOffset }) =>
      transactionStartOffset === undefined ? (
        <span className="quiet">none open</span>
      ) : (
        <Badge tone="accent">open since {count(transactionStartOffset)}</Badge>
      ),
  },
]

/** Idempotent and transactional producers that a topic's partitions remember. */
export function Producers() {
  const [topic, setTopic] = useQuery('topic')
  const settled = useSettled(topic)
  const asked = useAnswer(
    'GET /api/producers',
    { query: { topic: settled } },
    { everyMs: 5000, enabled: settled !== '' },
  )
  return (
    <div className="stack">
      <TextField code label="Topic" value={topic} onChange={setTopic} placeholder="orders" />
      {settled === '' ? (
        <Empty icon="send" title="Which topic's?">
          Its idempotent and transactional producers are listed here.
        </Empty>
      ) : (
        <Answered asked={asked}>
          {({ producers, warnings }) => (
            <div className="stack tight">
              <Warnings warnings={warnings} />
              <LocalTable
                label="Producers"
                rows={producers}
                columns={COLUMNS}
                rowKey={({ partition, producerId }) => `${partition} ${producerId}`}
                firstSort={{ id: 'partition', descending: false }}
                empty={<Empty icon="send" title="No producer is remembered" />}
              />
            </div>
          )}
        </Answered>
      )}
    </div>
  )
}
