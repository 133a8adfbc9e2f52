import { useState } from 'react'
import type { CompatibleAnswer, SchemaBody, SchemaReference, SchemaType } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Button } from '../../kit/controls.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { AreaField, SelectField, TextField, useSubmit } from '../../kit/form.tsx'
import { Notice, Problem } from '../../kit/states.tsx'
import { toast } from '../../kit/toast.ts'

const TYPES = [
  { value: 'AVRO', title: 'Avro' },
  { value: 'JSON', title: 'JSON Schema' },
  { value: 'PROTOBUF', title: 'Protobuf' },
] as const

interface RegisterProps {
  /** A new version of it. */
  readonly subject?: string
  readonly type?: SchemaType
  readonly schema?: string
  readonly references?: readonly SchemaReference[]
  readonly onChanged: () => Promise<void>
  readonly onClose: () => void
}

/** Takes a schema in, after a look whether it may be. */
export function RegisterSchema({ onChanged, onClose, ...start }: RegisterProps) {
  const [subject, setSubject] = useState(start.subject ?? '')
  const [type, setType] = useState<SchemaType>(start.type ?? 'AVRO')
  const [schema, setSchema] = useState(start.schema ?? '')
  const [references, setReferences] = useState((start.references ?? []).map(lineOf).join('\n'))
  const [verdict, setVerdict] = useState<CompatibleAnswer>()
  const bodyOf = (): SchemaBody => ({ subject, type, schema, references: referencesOf(references) })
  const register = useSubmit(async () => {
    const { id, version } = await call('POST /api/subjects/register', { body: bodyOf() })
    toast.good(`${subject} has ${version === undefined ? 'it' : `version ${version}`}, with id ${id}.`)
    await onChanged()
    onClose()
  })
  const check = useSubmit(async () => setVerdict(await call('POST /api/subjects/check', { body: bodyOf() })))
  const isReady = subject !== '' && schema.trim() !== '' && !register.busy && !check.busy
  const changed =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      setVerdict(undefined)
      set(value)
    }
  return (
    <Dialog
      wide
      title={start.subject === undefined ? 'Register a schema' : `New version of ${start.subject}`}
      onClose={onClose}
      onSubmit={register.submit}
      footer={
        <>
          <Button onClick={() => check.submit()} disabled={!isReady}>
            Check
          </Button>
          <span className="grow" />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!isReady}>
            Register
          </Button>
        </>
      }
    >
      <div className="fields">
        {start.subject === undefined && (
          <TextField
            code
            autoFocus
            label="Subject"
            value={subject}
            onChange={changed(setSubject)}
            placeholder="orders-value"
            hint="A topic's name with -key or -value, unless its serialisers name it otherwise."
          />
        )}
        <SelectField label="Language" value={type} choices={TYPES} onChange={changed(setType)} />
      </div>
      <AreaField label="Schema" rows={14} value={schema} onChange={changed(setSchema)} />
      <AreaField
        label="References"
        rows={2}
        value={references}
        onChange={changed(setReferences)}
        placeholder="name subject version"
        hint="One in a line: the name that the schema has for it, its subject and version."
      />
      {verdict !== undefined &&
        (verdict.compatible ? (
          <Notice icon="check">It may be registered.</Notice>
        ) : (
          <Notice tone="bad">
            {verdict.messages.map((message) => (
              <p key={message}>{message}</p>
            ))}
          </Notice>
        ))}
      <Problem error={register.error ?? check.error} />
    </Dialog>
  )
}

const lineOf = ({ name, subject, version }: SchemaReference): string => `${name} ${subject} ${version}`

function referencesOf(text: string): SchemaReference[] {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter(Boolean).map((line) => {
    const [name = '', subject = '', version = ''] = line.split(/\s+/)
    if (subject === '' || !Number.isInteger(Number(version)) || version === '') {
      throw new Error(`Write references as name, subject and version: not ${line}.`)
    }
    return { name, subject, version: Number(version) }
  })
}
