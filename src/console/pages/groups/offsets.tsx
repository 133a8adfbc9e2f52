import { useState } from 'react'
import type { Group, GroupPartition } from '../../../http/console/api.ts'
import { Badge } from '../../kit/controls.tsx'
import { CheckField } from '../../kit/form.tsx'
import { count } from '../../kit/format.ts'
import { Link, to } from '../../kit/router.tsx'
import { Empty } from '../../kit/states.tsx'
import { BarCell, type Column, LocalTable, TableTools } from '../../kit/table.tsx'

/** Where the group is in each partition, and how far that is from the end. */
export function OffsetsTab({ group }: { readonly group: Group }) {
  const [search, setSearch] = useState('')
  const [onlyBehind, setOnlyBehind] = useState(false)
  const shown = onlyBehind ? group.partitions.filter(({ lag = 0 }) => lag > 0) : group.partitions
  return (
    <div>
      <TableTools search={search} onSearch={setSearch} placeholder="Filter partitions">
        <CheckField label="Only where it is behind" checked={onlyBehind} onChange={setOnlyBehind} />
      </TableTools>
      <LocalTable
        label="Offsets of the group"
        rows={shown}
        columns={columnsOf(group)}
        search={search}
        textOf={({ topic, partition, memberId }) => `${topic} ${partition} ${memberId ?? ''}`}
        rowKey={({ topic, partition }) => `${topic}-${partition}`}
        firstSort={{ id: 'topic', descending: false }}
        empty={
          onlyBehind ? (
            <Empty icon="check" title="It is nowhere behind" />
          ) : (
            <Empty title="No offsets yet">The group has neither committed an offset nor been given a partition.</Empty>
          )
        }
      />
    </div>
  )
}

function columnsOf({ partitions, members, kind }: Group): readonly Column<GroupPartition>[] {
  const most = Math.max(1, ...partitions.map(({ lag = 0 }) => lag))
  const clients = new Map(members.map(({ memberId, clientId, host }) => [memberId, `${clientId} ${host}`]))
  return [
    {
      id: 'topic',
      title: 'Topic',
      sortBy: ({ topic, partition }) => `${topic} ${partition}`,
      cell: ({ topic, metadata }) => (
        <span className="row">
          <Link className="ellipsis" to={to`/topics/${topic}`} title={topic}>
            {topic}
          </Link>
          {metadata !== undefined && metadata !== '' && <Badge title={metadata}>metadata</Badge>}
        </span>
      ),
    },
    {
      id: 'partition',
      title: 'Partition',
      align: 'end',
      width: '92px',
      sortBy: ({ partition }) => partition,
      cell: ({ partition }) => partition,
    },
    {
      id: 'offset',
      title: kind === 'share' ? 'Start' : 'Committed',
      align: 'end',
      width: '130px',
      from: 'desk',
      hint: kind === 'share' ? 'Records before it are done with' : 'The next record that it reads after a restart',
      sortBy: ({ offset }) => offset,
      cell: ({ offset }) => count(offset),
    },
    {
      id: 'end',
      title: 'End',
      align: 'end',
      width: '130px',
      from: 'desk',
      sortBy: ({ endOffset }) => endOffset,
      cell: ({ endOffset }) => count(endOffset),
    },
    {
      id: 'lag',
      title: 'Lag',
      align: 'end',
      width: '170px',
      sortBy: ({ lag }) => lag,
      cell: ({ lag }) => (
        <BarCell share={(lag ?? 0) / most}>
          <span className={lag === 0 || lag === undefined ? 'quiet' : ''}>{count(lag)}</span>
        </BarCell>
      ),
    },
    {
      id: 'member',
      title: 'Read by',
      width: '24%',
      from: 'wide',
      sortBy: ({ memberId }) => memberId,
      cell: ({ memberId }) =>
        memberId === undefined ? (
          <span className="quiet">nobody</span>
        ) : (
          <span className="ellipsis" title={memberId}>
            {clients.get(memberId) ?? memberId}
          </span>
        ),
    },
  ]
}
