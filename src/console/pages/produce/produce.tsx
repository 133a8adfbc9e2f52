import { type ReactNode, useState } from 'react'
import type { ProduceBody, ProduceBytes, Topic } from '../../../http/console/api.ts'
import { call, session } from '../../kit/api.ts'
import { Button } from '../../kit/controls.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { AreaField, Field, Select, SelectField, TextField, useSubmit } from '../../kit/form.tsx'
import { count } from '../../kit/format.ts'
import { Notice, Problem } from '../../kit/states.tsx'
import { useStore } from '../../kit/store.ts'
import { toast } from '../../kit/toast.ts'
import { base64Of } from '../messages/data.ts'
import { isJson, prettyText } from '../messages/json.ts'
import { SchemaFields } from './schema-fields.tsx'
import type { ProduceStart, Writing, Written } from './start.ts'

export type { ProduceStart } from './start.ts'

type Compression = NonNullable<ProduceBody['compression']>

const COMPRESSIONS = (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const).map((value) => ({ value, title: value }))

const KEY_WRITINGS: readonly { readonly value: Writing; readonly title: string }[] = [
  { value: 'none', title: 'No key' },
  { value: 'text', title: 'Text' },
  { value: 'json', title: 'JSON' },
  { value: 'hex', title: 'Hex' },
  { value: 'base64', title: 'Base64' },
]
const VALUE_WRITINGS = KEY_WRITINGS.map((writing) =>
  writing.value === 'none' ? { ...writing, title: 'null (tombstone)' } : writing,
)
const BY_SCHEMA = { value: 'schema', title: 'JSON, by a schema' } as const

interface Header {
  readonly id: number
  readonly key: string
  readonly value: Written
}

/** Throws, in plain words, where it can not be what it is said to be. */
function bytesOf({ as, text, subject = '', message }: Written, what: string): ProduceBytes | null {
  if (as === 'none') return null
  if ((as === 'json' || as === 'schema') && !isJson(text)) throw new Error(`The ${what} is no JSON.`)
  if (as === 'schema') {
    if (subject === '') throw new Error(`Say which subject's schema writes the ${what}.`)
    return { json: text, subject, ...(message !== undefined && { message }) }
  }
  if (as === 'base64') {
    const packed = text.replace(/\s/g, '')
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(packed))
      throw new Error(`The ${what} is no base64.`)
    return { base64: packed }
  }
  if (as === 'hex') {
    const digits = text.replace(/\s|0x/g, '')
    if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new Error(`The ${what} is no hex: two digits a byte.`)
    return { base64: base64Of(Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))) }
  }
  return { text }
}

export interface ProduceProps {
  readonly topic: Topic
  readonly start: ProduceStart
  readonly onClose: () => void
}

/** Writes one message. It stays open, so that the next can be made of it. */
export function Produce({ topic, start, onClose }: ProduceProps) {
  const [key, setKey] = useState<Written>(start.key ?? { as: 'none', text: '' })
  const [value, setValue] = useState<Written>(start.value ?? { as: 'text', text: '' })
  const [headers, setHeaders] = useState<readonly Header[]>(
    (start.headers ?? []).map((header, id) => ({ id, ...header })),
  )
  const [partition, setPartition] = useState(start.partition === undefined ? '' : String(start.partition))
  const hasRegistry = useStore(session)?.schemaRegistry ?? false
  const [compression, setCompression] = useState<Compression>('none')
  const { busy, error, submit } = useSubmit(async () => {
    const record = {
      key: bytesOf(key, 'key'),
      value: bytesOf(value, 'value'),
      headers: headers
        .filter((header) => header.key !== '')
        .map((header) => ({ key: header.key, value: bytesOf(header.value, `header ${header.key}`) })),
    }
    const body = {
      topic: topic.name,
      ...(partition !== '' && { partition: Number(partition) }),
      records: [record],
      compression,
    }
    const { records } = await call('POST /api/produce', { body })
    for (const written of records)
      toast.good(`Written to partition ${written.partition} at offset ${count(written.offset)}.`)
  })
  const change = (id: number, next: Partial<Header>) =>
    setHeaders(headers.map((header) => (header.id === id ? { ...header, ...next } : header)))
  const isReplay = start.value !== undefined
  return (
    <Dialog
      wide
      title={`${isReplay ? 'Produce again' : 'Produce'} to ${topic.name}`}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" look="primary" icon="send" disabled={busy}>
            Produce
          </Button>
        </>
      }
    >
      {topic.internal && (
        <Notice tone="warn">
          The cluster keeps its own state in this topic: it may not understand what you write.
        </Notice>
      )}
      <WrittenField
        label="Key"
        writings={hasRegistry ? [...KEY_WRITINGS, BY_SCHEMA] : KEY_WRITINGS}
        subject={`${topic.name}-key`}
        value={key}
        onChange={setKey}
        rows={1}
      />
      <WrittenField
        label="Value"
        writings={hasRegistry ? [...VALUE_WRITINGS, BY_SCHEMA] : VALUE_WRITINGS}
        subject={`${topic.name}-value`}
        value={value}
        onChange={setValue}
        rows={9}
        autoFocus
      />
      <section className="stack tight" aria-label="Headers">
        {headers.map((header) => (
          <div className="row" key={header.id}>
            <input
              className="input code"
              aria-label="Header key"
              placeholder="key"
              value={header.key}
              onChange={(event) => change(header.id, { key: event.target.value })}
            />
            <input
              className="input code grow"
              aria-label={`Header value${header.value.as === 'base64' ? ' in base64' : ''}`}
              placeholder={header.value.as === 'none' ? 'null' : 'value'}
              value={header.value.text}
              onChange={(event) =>
                change(header.id, {
                  value: { as: header.value.as === 'none' ? 'text' : header.value.as, text: event.target.value },
                })
              }
            />
            <Button
              look="plain"
              icon="close"
              aria-label="Take this header away"
              onClick={() => setHeaders(headers.filter(({ id }) => id !== header.id))}
            />
          </div>
        ))}
        <div>
          <Button
            size="small"
            icon="plus"
            onClick={() =>
              setHeaders([
                ...headers,
                { id: Math.max(-1, ...headers.map(({ id }) => id)) + 1, key: '', value: { as: 'text', text: '' } },
              ])
            }
          >
            Header
          </Button>
        </div>
      </section>
      <div className="fields">
        <TextField
          label="Partition"
          type="number"
          min={0}
          max={topic.partitions.length - 1}
          value={partition}
          onChange={setPartition}
          placeholder={key.as === 'none' ? 'any' : 'by the key'}
        />
        <SelectField label="Compression" value={compression} choices={COMPRESSIONS} onChange={setCompression} />
      </div>
      <Problem error={error} />
    </Dialog>
  )
}

interface WrittenFieldProps {
  readonly label: string
  readonly writings: readonly { readonly value: Writing; readonly title: string }[]
  /** Where its schema is, as serializers have it unless they are told otherwise. */
  readonly subject: string
  readonly value: Written
  readonly onChange: (value: Written) => void
  readonly rows: number
  readonly autoFocus?: boolean
}

function WrittenField({ label, writings, subject, value, onChange, rows, autoFocus }: WrittenFieldProps): ReactNode {
  const isForJson = value.as === 'json' || value.as === 'schema'
  const choose = (as: Writing) => onChange({ subject, ...value, as })
  const isWrong = isForJson && value.text !== '' && !isJson(value.text)
  const how = (
    <div className="row written-head">
      <span className="grow">{label}</span>
      {isForJson && !isWrong && value.text !== '' && (
        <Button size="small" look="plain" onClick={() => onChange({ ...value, text: prettyText(value.text) })}>
          Indent
        </Button>
      )}
      <Select
        aria-label={`${label} is written as`}
        className="input small-select"
        value={value.as}
        choices={writings}
        onChange={choose}
      />
    </div>
  )
  if (value.as === 'none')
    return (
      <Field label={label}>
        {(tied) => (
          <div className="row">
            <Select {...tied} className="input" value={value.as} choices={writings} onChange={choose} />
          </div>
        )}
      </Field>
    )
  return (
    <div>
      {how}
      <AreaField
        label={<span className="unseen">{label}</span>}
        rows={rows}
        autoFocus={autoFocus}
        value={value.text}
        problem={isWrong ? 'This is no JSON yet.' : undefined}
        onChange={(text) => onChange({ ...value, text })}
        style={{ minHeight: rows === 1 ? 34 : undefined }}
      />
      {value.as === 'schema' && <SchemaFields what={label.toLowerCase()} value={value} onChange={onChange} />}
    </div>
  )
}
