import { useState } from 'react'
import type { IsrChange, Partition, Topic } from '../../../http/console/api.ts'
import { Badge, Button, Card } from '../../kit/controls.tsx'
import { ago, bytes, count, plural, time } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { BarCell, type Column, LocalTable } from '../../kit/table.tsx'
import { Move } from '../cluster/move.tsx'
import { Truncate } from './truncate.tsx'

function columns(largest: number): readonly Column<Partition>[] {
  return [
    {
      id: 'partition',
      title: 'Partition',
      width: '96px',
      phone: '78px',
      sortBy: ({ partition }) => partition,
      cell: ({ partition }) => <span className="num">{partition}</span>,
    },
    {
      id: 'replicas',
      title: 'Replicas',
      hint: 'The preferred leader first; in colour: the leader; struck out: not in sync',
      cell: (partition) => <Replicas partition={partition} />,
    },
    {
      id: 'start',
      title: 'First offset',
      align: 'end',
      from: 'desk',
      width: '130px',
      sortBy: ({ startOffset }) => startOffset,
      cell: ({ startOffset }) => count(startOffset),
    },
    {
      id: 'end',
      title: 'End offset',
      align: 'end',
      width: '130px',
      phone: '84px',
      sortBy: ({ endOffset }) => endOffset,
      cell: ({ endOffset }) => count(endOffset),
    },
    {
      id: 'records',
      title: 'Records',
      align: 'end',
      from: 'desk',
      width: '130px',
      sortBy: recordsOf,
      cell: (partition) => count(recordsOf(partition)),
    },
    {
      id: 'size',
      title: 'Size',
      align: 'end',
      width: '150px',
      phone: '78px',
      sortBy: ({ sizeInBytes }) => sizeInBytes,
      cell: ({ sizeInBytes }) => <BarCell share={(sizeInBytes ?? 0) / largest}>{bytes(sizeInBytes)}</BarCell>,
    },
    {
      id: 'epoch',
      title: 'Leader epoch',
      align: 'end',
      from: 'wide',
      width: '120px',
      sortBy: ({ leaderEpoch }) => leaderEpoch,
      cell: ({ leaderEpoch }) => count(leaderEpoch),
    },
  ]
}

function recordsOf({ startOffset, endOffset }: Partition): number | undefined {
  return startOffset === undefined || endOffset === undefined ? undefined : endOffset - startOffset
}

/** Who holds it: the leader filled, who is behind in the colour of a warning. */
export function Replicas({
  partition: { leader, replicas, isr, offline },
}: {
  readonly partition: Pick<Partition, 'leader' | 'replicas' | 'isr' | 'offline'>
}) {
  return (
    <span className="row">
      {leader < 0 && <Badge tone="bad">no leader</Badge>}
      {replicas.map((id) => {
        const state = offline.includes(id) ? 'offline' : isr.includes(id) ? 'in sync' : 'out of sync'
        const tone =
          state === 'offline' ? 'bad' : state === 'out of sync' ? 'warn' : id === leader ? 'accent' : 'neutral'
        return (
          <Badge key={id} tone={tone} title={`Broker ${id}: ${id === leader ? 'leader, ' : ''}${state}`}>
            {state === 'in sync' ? id : <s>{id}</s>}
            {id === leader && <span className="from-desk"> leads</span>}
          </Badge>
        )
      })}
    </span>
  )
}

const historyColumns: readonly Column<IsrChange>[] = [
  {
    id: 'at',
    title: 'When',
    width: '210px',
    phone: '108px',
    sortBy: ({ atMs }) => atMs,
    cell: ({ atMs }) => (
      <span className="num ellipsis" title={ago(atMs)}>
        {time(atMs)}
      </span>
    ),
  },
  {
    id: 'partition',
    title: 'Partition',
    width: '100px',
    phone: '74px',
    align: 'end',
    sortBy: ({ partition }) => partition,
    cell: ({ partition }) => partition,
  },
  {
    id: 'what',
    title: 'What',
    cell: ({ message }) => (
      <span className="ellipsis" title={message}>
        {message}
      </span>
    ),
  },
]

function choiceColumn(chosen: ReadonlySet<number>, toggle: (partition: number) => void): Column<Partition> {
  return {
    id: 'choose',
    title: <span className="unseen">Chosen</span>,
    width: '40px',
    from: 'desk',
    cell: ({ partition }) => (
      <input
        type="checkbox"
        aria-label={`Choose partition ${partition}`}
        checked={chosen.has(partition)}
        onChange={() => toggle(partition)}
      />
    ),
  }
}

interface Props {
  readonly topic: Topic
  readonly onChanged: () => Promise<void>
}

export function PartitionsTab({ topic, onChanged }: Props) {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  const [open, setOpen] = useState<'move' | 'truncate'>()
  const close = () => setOpen(undefined)
  const toggle = (partition: number) =>
    setChosen((now) =>
      now.has(partition) ? new Set([...now].filter((one) => one !== partition)) : new Set([...now, partition]),
    )
  const list = [...chosen].sort((a, b) => a - b)
  const some = list.length === 0 ? 'partitions' : plural(list.length, 'partition')
  const history = useAnswer('GET /api/insight/isr', { query: { topic: topic.name, limit: 200 } }, { everyMs: 10_000 })
  const largest = Math.max(1, ...topic.partitions.map(({ sizeInBytes }) => sizeInBytes ?? 0))
  return (
    <div className="stack">
      <div className="row wrap">
        <Button size="small" icon="map" onClick={() => setOpen('move')}>
          Move {some}
        </Button>
        {list.length > 0 && topic.operations.includes('DELETE') && (
          <Button size="small" onClick={() => setOpen('truncate')}>
            Truncate {some}
          </Button>
        )}
      </div>
      <LocalTable
        label="Partitions"
        rows={topic.partitions}
        columns={[choiceColumn(chosen, toggle), ...columns(largest)]}
        rowKey={({ partition }) => String(partition)}
        firstSort={{ id: 'partition', descending: false }}
      />
      {open === 'move' && (
        <Move topic={topic.name} partitions={list.join(', ')} onChanged={onChanged} onClose={close} />
      )}
      {open === 'truncate' && (
        <Truncate topics={[topic.name]} partitions={list} onChanged={onChanged} onClose={close} />
      )}
      {history.data !== undefined && history.data.changes.length > 0 && (
        <Card title="What happened to its replicas" flush>
          <LocalTable
            label="Changes of leaders and in-sync replicas"
            rows={history.data.changes}
            columns={historyColumns}
            rowKey={({ atMs, partition, kind, leaderEpoch }) => `${atMs} ${partition} ${kind} ${leaderEpoch}`}
          />
        </Card>
      )}
    </div>
  )
}
