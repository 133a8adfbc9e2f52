import { useState } from 'react'
import type { UsersAnswer } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Badge, Button, PageHead } from '../../kit/controls.tsx'
import { Confirm, Dialog } from '../../kit/dialog.tsx'
import { SelectField, TextField, useSubmit } from '../../kit/form.tsx'
import { count, plural } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Answered, Empty, Problem } from '../../kit/states.tsx'
import { type Column, LocalTable, TableTools } from '../../kit/table.tsx'
import { toast } from '../../kit/toast.ts'

type User = UsersAnswer['users'][number]
type Mechanism = User['credentials'][number]['mechanism']
interface Credential {
  readonly name: string
  readonly mechanism: Mechanism
}

const MECHANISMS = [
  { value: 'SCRAM-SHA-512', title: 'SCRAM-SHA-512' },
  { value: 'SCRAM-SHA-256', title: 'SCRAM-SHA-256' },
] as const

/** Who may log in by SCRAM. Passwords are never shown: the cluster does not have them. */
export function UsersPage() {
  const asked = useAnswer('GET /api/users', {})
  const [search, setSearch] = useState('')
  const [open, setOpen] = useState<{ readonly set: string } | { readonly remove: Credential }>()
  const close = () => setOpen(undefined)
  const columns: readonly Column<User>[] = [
    { id: 'name', title: 'User', sortBy: ({ name }) => name, cell: ({ name }) => <b className="strong">{name}</b> },
    {
      id: 'credentials',
      title: 'Logs in by',
      width: '40%',
      phone: '46%',
      cell: ({ name, credentials }) => (
        <span className="row wrap">
          {credentials.map(({ mechanism, iterations }) => (
            <span key={mechanism} className="row">
              <Badge title={`${count(iterations)} iterations`}>{mechanism}</Badge>
              <Button
                size="small"
                look="plain"
                icon="trash"
                aria-label={`Take ${mechanism} away from ${name}`}
                onClick={() => setOpen({ remove: { name, mechanism } })}
              />
            </span>
          ))}
        </span>
      ),
    },
    {
      id: 'set',
      title: '',
      width: '140px',
      phone: '100px',
      align: 'end',
      cell: ({ name }) => (
        <Button size="small" aria-label={`New password of ${name}`} onClick={() => setOpen({ set: name })}>
          Password
        </Button>
      ),
    },
  ]
  return (
    <>
      <PageHead
        title="Users"
        actions={
          <Button look="primary" icon="plus" onClick={() => setOpen({ set: '' })}>
            Add user
          </Button>
        }
      />
      <TableTools
        search={search}
        onSearch={setSearch}
        placeholder="Filter users"
        count={asked.data === undefined ? '' : plural(asked.data.users.length, 'user')}
      />
      <Answered asked={asked}>
        {({ users }) => (
          <LocalTable
            label="Users"
            rows={users}
            columns={columns}
            search={search}
            textOf={({ name }) => name}
            rowKey={({ name }) => name}
            firstSort={{ id: 'name', descending: false }}
            empty={
              <Empty icon="users" title="No SCRAM users">
                A user that is made here logs in on listeners with SASL where SCRAM is one of the mechanisms.
              </Empty>
            }
          />
        )}
      </Answered>
      {open !== undefined && 'set' in open && <SetUser known={open.set} onChanged={asked.refresh} onClose={close} />}
      {open !== undefined && 'remove' in open && (
        <RemoveCredential credential={open.remove} onChanged={asked.refresh} onClose={close} />
      )}
    </>
  )
}

interface OpenProps {
  readonly onChanged: () => Promise<void>
  readonly onClose: () => void
}

function SetUser({ known, onChanged, onClose }: OpenProps & { readonly known: string }) {
  const [name, setName] = useState(known)
  const [password, setPassword] = useState('')
  const [mechanism, setMechanism] = useState<Mechanism>('SCRAM-SHA-512')
  const { busy, error, submit } = useSubmit(async () => {
    await call('POST /api/users/set', { body: { name, mechanism, password } })
    toast.good(`${name} logs in by ${mechanism} with the new password.`)
    await onChanged()
    onClose()
  })
  return (
    <Dialog
      title={known === '' ? 'Add user' : `New password of ${known}`}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy || name === '' || password === ''}>
            Save
          </Button>
        </>
      }
    >
      {known === '' && <TextField code autoFocus label="User" value={name} onChange={setName} />}
      <TextField
        label="Password"
        type="password"
        autoComplete="new-password"
        autoFocus={known !== ''}
        value={password}
        onChange={setPassword}
        hint="Only what is made of it is kept."
      />
      <SelectField label="Mechanism" value={mechanism} choices={MECHANISMS} onChange={setMechanism} />
      <Problem error={error} />
    </Dialog>
  )
}

function RemoveCredential({
  credential: { name, mechanism },
  onChanged,
  onClose,
}: OpenProps & { readonly credential: Credential }) {
  const run = async () => {
    await call('POST /api/users/delete', { body: { name, mechanism } })
    toast.good(`${name} can no longer log in by ${mechanism}.`)
    await onChanged()
  }
  return (
    <Confirm title={`Take ${mechanism} away from ${name}`} action="Take away" run={run} onClose={onClose}>
      <p>New logins fail. Connections that are open go on until their session ends.</p>
    </Confirm>
  )
}
