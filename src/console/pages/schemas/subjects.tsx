import { useState } from 'react'
import type { SubjectRow } from '../../../http/console/api.ts'
import { call, session } from '../../kit/api.ts'
import { Badge, Button, PageHead } from '../../kit/controls.tsx'
import { CheckField } from '../../kit/form.tsx'
import { plural } from '../../kit/format.ts'
import { useRemote } from '../../kit/remote.ts'
import { RemoteTable } from '../../kit/remote-table.tsx'
import { Link, to, useQuery } from '../../kit/router.tsx'
import { Empty } from '../../kit/states.tsx'
import { useStore } from '../../kit/store.ts'
import { type Column, TableTools } from '../../kit/table.tsx'
import { useSettled } from '../../kit/window.ts'
import { Compatibility } from './compatibility.tsx'
import { RegisterSchema } from './register.tsx'

const COLUMNS: readonly Column<SubjectRow>[] = [
  {
    id: 'subject',
    title: 'Subject',
    cell: ({ subject, deleted }) => (
      <span className="row">
        <Link className="ellipsis name" to={to`/schemas/${subject}`} title={subject}>
          {subject}
        </Link>
        {deleted && <Badge title="Deleted softly: it can be registered again, or deleted for good">deleted</Badge>}
      </span>
    ),
  },
  { id: 'type', title: 'Language', width: '120px', cell: ({ type }) => type },
  { id: 'version', title: 'Version', align: 'end', width: '100px', cell: ({ latestVersion }) => latestVersion },
  { id: 'id', title: 'Id', align: 'end', width: '90px', from: 'desk', cell: ({ latestId }) => latestId },
  {
    id: 'compatibility',
    title: 'New versions must be',
    width: '220px',
    from: 'desk',
    cell: ({ compatibility }) => <span className="soft">{compatibility}</span>,
  },
]

/** The schemas that records of topics are written by. */
export function SubjectsPage() {
  const known = useStore(session)
  const [search, setSearch] = useQuery('search')
  const [deleted, setDeleted] = useState(false)
  const [open, setOpen] = useState<'register' | 'compatibility'>()
  const settled = useSettled(search)
  const [level, setLevel] = useState('')
  const list = useRemote(
    async (offset, limit, signal) => {
      const query = { ...(settled !== '' && { search: settled }), deleted, offset, limit }
      const answer = await call('GET /api/subjects', { query }, signal)
      setLevel(answer.compatibility)
      return answer
    },
    JSON.stringify([settled, deleted]),
  )
  if (known?.schemaRegistry === false) {
    return (
      <>
        <PageHead title="Schemas" />
        <Empty icon="schemas" title="This broker runs without a schema registry">
          Set <code>odradek.schema.registry.listeners</code>, as in <code>http://localhost:8081</code>, and start it
          again.
        </Empty>
      </>
    )
  }
  const close = () => setOpen(undefined)
  return (
    <>
      <PageHead
        title="Schemas"
        below={level === '' ? undefined : `New versions must be ${level}, where a subject has no level of its own.`}
        actions={
          <>
            <Button onClick={() => setOpen('compatibility')}>Compatibility</Button>
            <Button look="primary" icon="plus" onClick={() => setOpen('register')}>
              Register schema
            </Button>
          </>
        }
      />
      <TableTools
        search={search}
        onSearch={setSearch}
        placeholder="Filter subjects"
        count={list.pending ? '' : plural(list.total, 'subject')}
      >
        <CheckField label="Deleted ones too" checked={deleted} onChange={setDeleted} />
      </TableTools>
      <RemoteTable
        list={list}
        label="Subjects"
        columns={COLUMNS}
        rowKey={({ subject }) => subject}
        href={({ subject }) => to`/schemas/${subject}`}
        empty={
          <Empty icon="schemas" title={settled === '' ? 'No schemas yet' : 'No subject is like this'}>
            Serialisers register theirs when they first write, or you register one here.
          </Empty>
        }
      />
      {open === 'register' && <RegisterSchema onChanged={list.refresh} onClose={close} />}
      {open === 'compatibility' && <Compatibility level={level} onChanged={list.refresh} onClose={close} />}
    </>
  )
}
