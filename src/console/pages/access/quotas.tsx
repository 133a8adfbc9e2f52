import { useState } from 'react'
import type { AlterQuotaBody, QuotaEntity, QuotaKey, QuotasAnswer } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Button, PageHead } from '../../kit/controls.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { SelectField, TextField, useSubmit } from '../../kit/form.tsx'
import { bytesPerSecond, count, plural } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Answered, Empty, Problem } from '../../kit/states.tsx'
import { type Column, LocalTable, TableTools } from '../../kit/table.tsx'
import { toast } from '../../kit/toast.ts'

type Quota = QuotasAnswer['quotas'][number]
type Change = AlterQuotaBody['changes'][number]

interface Kind {
  readonly key: QuotaKey
  readonly title: string
  readonly unit: string
  readonly words: (value: number) => string
}

const OF_CLIENTS: readonly Kind[] = [
  { key: 'producer_byte_rate', title: 'Writes', unit: 'bytes a second, in each broker', words: bytesPerSecond },
  { key: 'consumer_byte_rate', title: 'Reads', unit: 'bytes a second, in each broker', words: bytesPerSecond },
  { key: 'request_percentage', title: 'Requests', unit: '% of one thread', words: (value) => `${count(value)} %` },
  {
    key: 'controller_mutation_rate',
    title: 'Topics and partitions',
    unit: 'made or deleted in a second',
    words: (value) => `${value}/s`,
  },
]
const OF_ADDRESSES: readonly Kind[] = [
  { key: 'connection_creation_rate', title: 'New connections', unit: 'in a second', words: (value) => `${value}/s` },
]
const KINDS = [...OF_CLIENTS, ...OF_ADDRESSES]

/** How much users, clients and addresses may ask of a broker. */
export function QuotasPage() {
  const asked = useAnswer('GET /api/quotas', {})
  const [search, setSearch] = useState('')
  const [open, setOpen] = useState<Quota | 'new'>()
  return (
    <>
      <PageHead
        title="Quotas"
        actions={
          <Button look="primary" icon="plus" onClick={() => setOpen('new')}>
            Set a quota
          </Button>
        }
      />
      <TableTools
        search={search}
        onSearch={setSearch}
        placeholder="Filter quotas"
        count={asked.data === undefined ? '' : plural(asked.data.quotas.length, 'entity', 'entities')}
      />
      <Answered asked={asked}>
        {({ quotas }) => (
          <LocalTable
            label="Quotas"
            rows={quotas}
            columns={COLUMNS}
            search={search}
            textOf={({ entity }) => nameOf(entity)}
            rowKey={({ entity }) => JSON.stringify(entity)}
            onOpen={setOpen}
            firstSort={{ id: 'entity', descending: false }}
            empty={
              <Empty icon="quotas" title="Nobody is limited">
                Whoever is over a quota is answered later, not refused.
              </Empty>
            }
          />
        )}
      </Answered>
      {open !== undefined && (
        <SetQuota
          {...(open !== 'new' && { known: open })}
          onChanged={asked.refresh}
          onClose={() => setOpen(undefined)}
        />
      )}
    </>
  )
}

const COLUMNS: readonly Column<Quota>[] = [
  { id: 'entity', title: 'Who', sortBy: ({ entity }) => nameOf(entity), cell: ({ entity }) => nameOf(entity) },
  ...KINDS.map(
    ({ key, title, words }): Column<Quota> => ({
      id: key,
      title,
      align: 'end',
      width: '150px',
      from: key === 'producer_byte_rate' || key === 'consumer_byte_rate' ? 'desk' : 'wide',
      sortBy: ({ values }) => values[key],
      cell: ({ values }) => {
        const value = values[key]
        return value === undefined ? <span className="quiet">–</span> : words(value)
      },
    }),
  ),
]

/** `user alice, any client`. */
function nameOf(entity: readonly QuotaEntity[]): string {
  return entity
    .map(({ type, name }) => {
      const kind = type === 'client-id' ? 'client' : type === 'ip' ? 'address' : 'user'
      return name === null ? `any ${kind}` : `${kind} ${name}`
    })
    .join(', ')
}

const WHO = [
  { value: 'user', title: 'A user' },
  { value: 'client-id', title: 'A client id' },
  { value: 'user,client-id', title: 'A client of a user' },
  { value: 'ip', title: 'An address' },
] as const

interface SetQuotaProps {
  readonly known?: Quota
  readonly onChanged: () => Promise<void>
  readonly onClose: () => void
}

function SetQuota({ known, onChanged, onClose }: SetQuotaProps) {
  const [who, setWho] = useState<(typeof WHO)[number]['value']>('user')
  const [names, setNames] = useState<Readonly<Record<string, string>>>({})
  const [values, setValues] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(Object.entries(known?.values ?? {}).map(([key, value]) => [key, String(value)])),
  )
  const types = who.split(',') as QuotaEntity['type'][]
  const entity = known?.entity ?? types.map((type) => ({ type, name: names[type] || null }))
  const kinds = entity.some(({ type }) => type === 'ip') ? OF_ADDRESSES : OF_CLIENTS
  const { busy, error, submit } = useSubmit(async () => {
    const changes = kinds.flatMap(({ key }): Change[] => {
      const text = (values[key] ?? '').trim()
      const before = known?.values[key]
      if (text === '') return before === undefined ? [] : [{ key, value: null }]
      const value = Number(text)
      if (!(value >= 0)) throw new Error(`${text} is no number.`)
      return value === before ? [] : [{ key, value }]
    })
    if (changes.length === 0) throw new Error('Nothing is changed.')
    await call('POST /api/quotas/alter', { body: { entity, changes } })
    toast.good(`The quotas of ${nameOf(entity)} are set.`)
    await onChanged()
    onClose()
  })
  return (
    <Dialog
      title={known === undefined ? 'Set a quota' : `Quotas of ${nameOf(known.entity)}`}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy}>
            Save
          </Button>
        </>
      }
    >
      {known === undefined && (
        <>
          <SelectField label="Whose" value={who} choices={WHO} onChange={setWho} />
          {types.map((type) => (
            <TextField
              key={type}
              code
              label={type === 'user' ? 'User' : type === 'ip' ? 'Address' : 'Client id'}
              value={names[type] ?? ''}
              onChange={(name) => setNames({ ...names, [type]: name })}
              placeholder="any that has no quota of its own"
            />
          ))}
        </>
      )}
      {kinds.map(({ key, title, unit }) => (
        <TextField
          key={key}
          label={title}
          inputMode="decimal"
          value={values[key] ?? ''}
          onChange={(value) => setValues({ ...values, [key]: value })}
          placeholder="not limited"
          hint={unit}
        />
      ))}
      <Problem error={error} />
    </Dialog>
  )
}
