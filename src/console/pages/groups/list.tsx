import type { GroupKind, GroupRow, GroupsQuery } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { PageHead } from '../../kit/controls.tsx'
import { Select } from '../../kit/form.tsx'
import { count, plural } from '../../kit/format.ts'
import { useRemote } from '../../kit/remote.ts'
import { RemoteTable } from '../../kit/remote-table.tsx'
import { Link, to, useQuery } from '../../kit/router.tsx'
import { useSort } from '../../kit/sort.ts'
import { Empty } from '../../kit/states.tsx'
import { type Column, TableTools } from '../../kit/table.tsx'
import { useSettled } from '../../kit/window.ts'
import { GroupState } from './group-state.tsx'

const KINDS = [
  { value: '', title: 'All kinds' },
  { value: 'classic', title: 'Classic' },
  { value: 'consumer', title: 'Consumer' },
  { value: 'share', title: 'Share' },
  { value: 'streams', title: 'Streams' },
] as const

const COLUMNS: readonly Column<GroupRow>[] = [
  {
    id: 'group',
    title: 'Group',
    sortable: true,
    cell: ({ group }) => (
      <Link className="ellipsis name" to={to`/groups/${group}`} title={group}>
        {group}
      </Link>
    ),
  },
  { id: 'kind', title: 'Kind', sortable: true, width: '110px', from: 'desk', cell: ({ kind }) => kind },
  {
    id: 'state',
    title: 'State',
    sortable: true,
    width: '170px',
    phone: '32%',
    cell: ({ state }) => <GroupState state={state} />,
  },
  {
    id: 'members',
    title: 'Members',
    sortable: true,
    align: 'end',
    width: '104px',
    from: 'desk',
    cell: ({ members }) => count(members),
  },
  { id: 'topics', title: 'Topics', align: 'end', width: '94px', from: 'wide', cell: ({ topics }) => count(topics) },
  {
    id: 'coordinator',
    title: 'Coordinator',
    align: 'end',
    width: '120px',
    from: 'wide',
    hint: 'The broker that looks after the group',
    cell: ({ coordinator }) => (coordinator < 0 ? '–' : coordinator),
  },
  {
    id: 'lag',
    title: 'Lag',
    sortable: true,
    align: 'end',
    width: '116px',
    phone: '74px',
    hint: 'Records that were written and not yet committed, in all its partitions',
    cell: ({ lag }) => <span className={lag === 0 || lag === undefined ? 'quiet' : ''}>{count(lag)}</span>,
  },
]

const SORTS = ['group', 'kind', 'state', 'members', 'lag'] as const

/** Groups of all kinds, those that are furthest behind at a glance. */
export function GroupsPage() {
  const [search, setSearch] = useQuery('search')
  const [kind, setKind] = useQuery('kind')
  const [sort, setSort] = useSort(SORTS, 'group')
  const settled = useSettled(search)
  const query: GroupsQuery = {
    ...(settled !== '' && { search: settled }),
    ...(kind !== '' && { kind: kind as GroupKind }),
    sort: sort.id,
    order: sort.descending ? 'descending' : 'ascending',
  }
  const list = useRemote(
    (offset, limit, signal) => call('GET /api/groups', { query: { ...query, offset, limit } }, signal),
    JSON.stringify(query),
  )
  return (
    <>
      <PageHead title="Groups" />
      <TableTools
        search={search}
        onSearch={setSearch}
        placeholder="Filter groups"
        count={list.pending ? '' : plural(list.total, 'group')}
      >
        <Select
          aria-label="Kind of group"
          value={KINDS.find(({ value }) => value === kind)?.value ?? ''}
          choices={KINDS}
          onChange={setKind}
        />
      </TableTools>
      <RemoteTable
        list={list}
        label="Groups"
        columns={COLUMNS}
        rowKey={({ group }) => group}
        sort={sort}
        onSort={setSort}
        href={({ group }) => to`/groups/${group}`}
        empty={
          settled === '' && kind === '' ? (
            <Empty icon="groups" title="No groups yet">
              A consumer with a <code>group.id</code> makes one when it first subscribes or commits.
            </Empty>
          ) : (
            <Empty icon="search" title="No group is like this" />
          )
        }
      />
    </>
  )
}
