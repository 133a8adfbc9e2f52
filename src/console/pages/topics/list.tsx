import { useMemo, useRef, useState } from 'react'
import type { TopicRow, TopicsQuery } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Badge, Button, PageHead } from '../../kit/controls.tsx'
import { CheckField } from '../../kit/form.tsx'
import { bytes, count, perSecond, plural } from '../../kit/format.ts'
import { useShortcut } from '../../kit/keyboard.ts'
import { useRemote } from '../../kit/remote.ts'
import { RemoteTable } from '../../kit/remote-table.tsx'
import { Link, navigate, to, useQuery } from '../../kit/router.tsx'
import { useSort } from '../../kit/sort.ts'
import { Empty } from '../../kit/states.tsx'
import { type Column, TableTools } from '../../kit/table.tsx'
import { useSettled } from '../../kit/window.ts'
import { CreateTopic } from './create.tsx'
import { DeleteTopics } from './delete-topics.tsx'
import { Truncate } from './truncate.tsx'

const dim = (value: number | undefined, text: string) => (
  <span className={value === 0 || value === undefined ? 'quiet' : ''}>{text}</span>
)

const COLUMNS: readonly Column<TopicRow>[] = [
  {
    id: 'name',
    title: 'Topic',
    sortable: true,
    cell: ({ name, internal, offline, underReplicated }) => (
      <span className="row">
        <Link className="ellipsis name" to={to`/topics/${name}`} title={name}>
          {name}
        </Link>
        {internal && <Badge>internal</Badge>}
        {offline > 0 && <Badge tone="bad">{plural(offline, 'partition')} offline</Badge>}
        {underReplicated > 0 && <Badge tone="warn">{count(underReplicated)} under-replicated</Badge>}
      </span>
    ),
  },
  {
    id: 'partitions',
    title: 'Partitions',
    sortable: true,
    align: 'end',
    width: '104px',
    from: 'desk',
    cell: ({ partitions }) => count(partitions),
  },
  {
    id: 'replicationFactor',
    title: 'Replicas',
    sortable: true,
    align: 'end',
    width: '94px',
    from: 'wide',
    cell: ({ replicationFactor }) => replicationFactor,
  },
  {
    id: 'records',
    title: 'Records',
    sortable: true,
    align: 'end',
    width: '126px',
    from: 'desk',
    hint: 'End offsets less start offsets: what compaction took away is counted',
    cell: ({ records }) => dim(records, count(records)),
  },
  {
    id: 'size',
    title: 'Size',
    sortable: true,
    align: 'end',
    width: '104px',
    phone: '84px',
    hint: 'Of all replicas',
    cell: ({ sizeInBytes }) => dim(sizeInBytes, bytes(sizeInBytes)),
  },
  {
    id: 'rate',
    title: 'Records in',
    sortable: true,
    align: 'end',
    width: '112px',
    from: 'desk',
    cell: ({ recordsPerSecond }) => dim(recordsPerSecond, perSecond(recordsPerSecond)),
  },
  {
    id: 'lag',
    title: 'Lag',
    sortable: true,
    align: 'end',
    width: '104px',
    phone: '72px',
    hint: 'Of the group that is furthest behind',
    cell: ({ maxLag, groups }) => (
      <span title={groups === undefined ? undefined : plural(groups, 'group')}>{dim(maxLag, count(maxLag))}</span>
    ),
  },
]

const SORTS = ['name', 'partitions', 'replicationFactor', 'records', 'size', 'rate', 'lag'] as const

function choiceColumn(chosen: ReadonlySet<string>, toggle: (name: string) => void): Column<TopicRow> {
  return {
    id: 'choose',
    title: <span className="unseen">Chosen</span>,
    width: '40px',
    from: 'desk',
    cell: ({ name }) => (
      <input type="checkbox" aria-label={`Choose ${name}`} checked={chosen.has(name)} onChange={() => toggle(name)} />
    ),
  }
}

/** All topics, as many as there may be: the broker sorts and searches, the browser asks for what is in view. */
export function TopicsPage() {
  const [search, setSearch] = useQuery('search')
  const [internal, setInternal] = useQuery('internal')
  const [create] = useQuery('create')
  const [sort, setSort] = useSort(SORTS, 'name')
  const settled = useSettled(search)
  const query: TopicsQuery = {
    ...(settled !== '' && { search: settled }),
    internal: internal !== '',
    sort: sort.id,
    order: sort.descending ? 'descending' : 'ascending',
  }
  const list = useRemote(
    (offset, limit, signal) => call('GET /api/topics', { query: { ...query, offset, limit } }, signal),
    JSON.stringify(query),
  )
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [open, setOpen] = useState<'delete' | 'truncate'>()
  const at = useRef<string>(undefined)
  const toggle = (name: string) =>
    setChosen((now) => (now.has(name) ? new Set([...now].filter((one) => one !== name)) : new Set([...now, name])))
  const columns = useMemo(() => [choiceColumn(chosen, toggle), ...COLUMNS], [chosen])
  useShortcut('x', 'Choose the row', () => at.current !== undefined && toggle(at.current), 'Tables')
  const openCreate = () => navigate('/topics?create=1')
  useShortcut('c', 'Create a topic', openCreate)
  return (
    <>
      <PageHead
        title="Topics"
        actions={
          <Button look="primary" icon="plus" onClick={openCreate}>
            Create topic
          </Button>
        }
      />
      <TableTools
        search={search}
        onSearch={setSearch}
        placeholder="Filter topics"
        count={list.pending ? '' : plural(list.total, 'topic')}
      >
        {chosen.size > 0 && (
          <>
            <Button size="small" look="plain" onClick={() => setChosen(new Set())}>
              Choose none
            </Button>
            <Button size="small" onClick={() => setOpen('truncate')}>
              Truncate {plural(chosen.size, 'topic')}
            </Button>
            <Button size="small" look="danger" icon="trash" onClick={() => setOpen('delete')}>
              Delete {plural(chosen.size, 'topic')}
            </Button>
          </>
        )}
        <CheckField label="Internal topics" checked={internal !== ''} onChange={(on) => setInternal(on ? '1' : '')} />
      </TableTools>
      <RemoteTable
        list={list}
        label="Topics"
        columns={columns}
        rowKey={({ name }) => name}
        sort={sort}
        onSort={setSort}
        onMove={({ name }) => {
          at.current = name
        }}
        href={({ name }) => to`/topics/${name}`}
        empty={
          settled === '' ? (
            <Empty
              title="No topics yet"
              actions={
                <Button icon="plus" onClick={openCreate}>
                  Create topic
                </Button>
              }
            >
              Clients make them when they first write, or you make one here.
            </Empty>
          ) : (
            <Empty icon="search" title="No topic has such a name" />
          )
        }
      />
      {open === 'truncate' && (
        <Truncate topics={[...chosen].sort()} onChanged={list.refresh} onClose={() => setOpen(undefined)} />
      )}
      {open === 'delete' && (
        <DeleteTopics
          topics={[...chosen].sort()}
          onGone={(gone) => {
            setChosen((now) => new Set([...now].filter((name) => !gone.includes(name))))
            void list.refresh()
          }}
          onClose={() => setOpen(undefined)}
        />
      )}
      {create !== '' && <CreateTopic onClose={() => navigate('/topics', { replace: true })} />}
    </>
  )
}
