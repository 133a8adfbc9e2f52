import { useState } from 'react'
import type { HangingAnswer } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Button } from '../../kit/controls.tsx'
import { Confirm } from '../../kit/dialog.tsx'
import { count, duration } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Answered, Empty, Warnings } from '../../kit/states.tsx'
import { type Column, LocalTable } from '../../kit/table.tsx'
import { toast } from '../../kit/toast.ts'
import { PARTITION } from '../partition-column.tsx'
import { PRODUCER } from './columns.tsx'

type Row = HangingAnswer['hanging'][number]

/** Open transactions that nobody will end by itself: readers of what is committed wait for them. */
export function Hanging() {
  const asked = useAnswer('GET /api/transactions/hanging', { query: {} }, { everyMs: 15_000 })
  const [open, setOpen] = useState<Row>()
  const columns: readonly Column<Row>[] = [
    PARTITION,
    PRODUCER,
    {
      id: 'start',
      title: 'Begins at',
      align: 'end',
      width: '120px',
      from: 'desk',
      cell: ({ transactionStartOffset }) => count(transactionStartOffset),
    },
    {
      id: 'open',
      title: 'Open for',
      align: 'end',
      width: '120px',
      sortBy: ({ openForMs }) => openForMs,
      cell: ({ openForMs }) => duration(openForMs),
    },
    {
      id: 'abort',
      title: '',
      align: 'end',
      width: '90px',
      cell: (row) => (
        <Button size="small" onClick={() => setOpen(row)} disabled={row.transactionStartOffset === undefined}>
          Abort
        </Button>
      ),
    },
  ]
  return (
    <Answered asked={asked}>
      {({ hanging, warnings }) => (
        <div className="stack tight">
          <Warnings warnings={warnings} />
          <LocalTable
            label="Hanging transactions"
            rows={hanging}
            columns={columns}
            rowKey={({ topic, partition, producerId }) => `${topic}-${partition} ${producerId}`}
            firstSort={{ id: 'open', descending: true }}
            empty={
              <Empty icon="check" title="Nothing hangs">
                Every open transaction is known to its coordinator, which ends it in time.
              </Empty>
            }
          />
          {open?.transactionStartOffset !== undefined && (
            <Abort
              row={open}
              startOffset={open.transactionStartOffset}
              onDone={asked.refresh}
              onClose={() => setOpen(undefined)}
            />
          )}
        </div>
      )}
    </Answered>
  )
}

interface AbortProps {
  readonly row: Row
  readonly startOffset: number
  readonly onDone: () => Promise<void>
  readonly onClose: () => void
}

function Abort({ row: { topic, partition }, startOffset, onDone, onClose }: AbortProps) {
  const run = async () => {
    await call('POST /api/transactions/abort', { body: { topic, partition, startOffset } })
    toast.good(`What hung in ${topic}-${partition} is aborted.`)
    await onDone()
  }
  return (
    <Confirm title={`Abort what hangs in ${topic}-${partition}`} action="Abort" run={run} onClose={onClose}>
      <p>
        Its records since offset {count(startOffset)} are never shown to readers of what is committed, and those readers
        go on behind them.
      </p>
    </Confirm>
  )
}
