import { useState } from 'react'
import type { TransactionRow } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Badge, PageHead, Tabs, type Tone } from '../../kit/controls.tsx'
import { plural } from '../../kit/format.ts'
import { useRemote } from '../../kit/remote.ts'
import { RemoteTable } from '../../kit/remote-table.tsx'
import type { Params } from '../../kit/router.tsx'
import { Empty } from '../../kit/states.tsx'
import { type Column, TableTools } from '../../kit/table.tsx'
import { useSettled } from '../../kit/window.ts'
import { Hanging } from './hanging.tsx'
import { Producers } from './producers.tsx'
import { TransactionDialog } from './transaction.tsx'

const TABS = [
  ['', 'Transactional ids'],
  ['hanging', 'Hanging'],
  ['producers', 'Producers'],
] as const

/** Transactions of all coordinators, those that hang, and who writes to a topic. */
export function TransactionsPage({ params }: { readonly params: Params }) {
  const tab = TABS.find(([name]) => name === params.tab)?.[0] ?? ''
  return (
    <>
      <PageHead title="Transactions" />
      <Tabs
        label="Transactions"
        tabs={TABS.map(([name, title]) => ({
          title,
          to: name === '' ? '/transactions' : `/transactions/${name}`,
          current: name === tab,
        }))}
      />
      {tab === '' && <Ids />}
      {tab === 'hanging' && <Hanging />}
      {tab === 'producers' && <Producers />}
    </>
  )
}

const TONES: Readonly<Record<string, Tone>> = {
  Ongoing: 'accent',
  PrepareCommit: 'warn',
  PrepareAbort: 'warn',
  PrepareEpochFence: 'warn',
  CompleteCommit: 'good',
}

const COLUMNS: readonly Column<TransactionRow>[] = [
  {
    id: 'id',
    title: 'Transactional id',
    cell: ({ transactionalId }) => (
      <b className="strong ellipsis" title={transactionalId}>
        {transactionalId}
      </b>
    ),
  },
  {
    id: 'state',
    title: 'State',
    width: '170px',
    cell: ({ state }) => <Badge tone={TONES[state] ?? 'neutral'}>{state}</Badge>,
  },
  {
    id: 'producer',
    title: 'Producer id',
    align: 'end',
    width: '140px',
    from: 'desk',
    cell: ({ producerId }) => <span className="num">{producerId}</span>,
  },
  {
    id: 'coordinator',
    title: 'Coordinator',
    align: 'end',
    width: '120px',
    from: 'desk',
    cell: ({ coordinator }) => coordinator,
  },
]

function Ids() {
  const [search, setSearch] = useState('')
  const [open, setOpen] = useState<string>()
  const settled = useSettled(search)
  const list = useRemote(
    (offset, limit, signal) =>
      call('GET /api/transactions', { query: { ...(settled !== '' && { search: settled }), offset, limit } }, signal),
    settled,
  )
  return (
    <>
      <TableTools
        search={search}
        onSearch={setSearch}
        placeholder="Filter ids"
        count={list.pending ? '' : plural(list.total, 'id')}
      />
      <RemoteTable
        list={list}
        label="Transactional ids"
        columns={COLUMNS}
        rowKey={({ transactionalId }) => transactionalId}
        onOpen={({ transactionalId }) => setOpen(transactionalId)}
        empty={
          <Empty icon="transactions" title={settled === '' ? 'No transactional producers' : 'No id is like this'}>
            A producer with a <code>transactional.id</code> is listed here from its first start on.
          </Empty>
        }
      />
      {open !== undefined && (
        <TransactionDialog transactionalId={open} onChanged={list.refresh} onClose={() => setOpen(undefined)} />
      )}
    </>
  )
}
