import { useState } from 'react'
import type { Acl } from '../../../http/console/api.ts'
import { call, session } from '../../kit/api.ts'
import { Badge, Button, PageHead } from '../../kit/controls.tsx'
import { Confirm } from '../../kit/dialog.tsx'
import { plural } from '../../kit/format.ts'
import { useRemote } from '../../kit/remote.ts'
import { RemoteTable } from '../../kit/remote-table.tsx'
import { useQuery } from '../../kit/router.tsx'
import { Empty } from '../../kit/states.tsx'
import { useStore } from '../../kit/store.ts'
import { type Column, TableTools } from '../../kit/table.tsx'
import { toast } from '../../kit/toast.ts'
import { useSettled } from '../../kit/window.ts'
import { AddAcl } from './add-acl.tsx'

/** Who may do what with what; brokers without an authorizer have no ACLs to ask for. */
export function AclsPage() {
  const known = useStore(session)
  if (known?.authorizer !== false) return <Acls />
  return (
    <>
      <PageHead title="ACLs" />
      <Empty icon="acls" title="Everybody may do everything">
        Set <code>authorizer.class.name</code> in the brokers' files, and ACLs say who may do what.
      </Empty>
    </>
  )
}

function Acls() {
  const [search, setSearch] = useQuery('search')
  const [open, setOpen] = useState<Acl | 'new'>()
  const settled = useSettled(search)
  const list = useRemote(
    (offset, limit, signal) =>
      call('GET /api/acls', { query: { ...(settled !== '' && { search: settled }), offset, limit } }, signal),
    settled,
  )
  const close = () => setOpen(undefined)
  const columns: readonly Column<Acl>[] = [
    {
      id: 'principal',
      title: 'Who',
      cell: ({ principal, host }) => (
        <span className="row stacks">
          <span className="ellipsis">{principal.replace(/^User:/, '')}</span>
          {host !== '*' && <span className="quiet">from {host}</span>}
        </span>
      ),
    },
    {
      id: 'permission',
      title: 'May',
      width: '30%',
      cell: ({ permission, operation }) => (
        <span className="row stacks">
          {permission === 'ALLOW' ? <Badge tone="good">may</Badge> : <Badge tone="bad">may not</Badge>}
          <span className="ellipsis">{operation}</span>
        </span>
      ),
    },
    {
      id: 'resource',
      title: 'With',
      width: '32%',
      cell: ({ resourceType, resourceName, patternType }) => (
        <span className="row stacks">
          <span className="quiet">{resourceType.toLowerCase().replaceAll('_', ' ')}</span>
          <code className="ellipsis">
            {resourceName}
            {patternType === 'PREFIXED' && '…'}
          </code>
        </span>
      ),
    },
    {
      id: 'remove',
      title: '',
      width: '50px',
      phone: '42px',
      align: 'end',
      cell: (acl) => (
        <Button size="small" look="plain" icon="trash" aria-label="Delete this ACL" onClick={() => setOpen(acl)} />
      ),
    },
  ]
  return (
    <>
      <PageHead
        title="ACLs"
        actions={
          <Button look="primary" icon="plus" onClick={() => setOpen('new')}>
            Add ACL
          </Button>
        }
      />
      <TableTools
        search={search}
        onSearch={setSearch}
        placeholder="User, resource, operation"
        count={list.pending ? '' : plural(list.total, 'ACL')}
      />
      <RemoteTable
        list={list}
        label="ACLs"
        columns={columns}
        rowKey={(acl) => JSON.stringify(acl)}
        empty={
          <Empty icon="acls" title={settled === '' ? 'No ACLs' : 'No ACL is like this'}>
            Without one only super users may do anything, unless the brokers are told otherwise.
          </Empty>
        }
      />
      {open === 'new' && <AddAcl onChanged={list.refresh} onClose={close} />}
      {typeof open === 'object' && (
        <Confirm
          title="Delete this ACL"
          action="Delete"
          run={async () => {
            await call('POST /api/acls/delete', { body: { acls: [open] } })
            toast.good('The ACL was deleted.')
            await list.refresh()
          }}
          onClose={close}
        >
          <p>{wordsOf(open)}</p>
        </Confirm>
      )}
    </>
  )
}

function wordsOf({ principal, permission, operation, resourceType, resourceName, patternType, host }: Acl): string {
  const may = permission === 'ALLOW' ? 'may' : 'may not'
  const what = `${resourceType.toLowerCase()} ${resourceName}${patternType === 'PREFIXED' ? '… (all that begin so)' : ''}`
  return `${principal} ${may} ${operation} ${what}${host === '*' ? '' : ` from ${host}`}.`
}
