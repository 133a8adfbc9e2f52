import { useDeferredValue } from 'react'
import { SelectField, TextField } from '../../kit/form.tsx'
import { useAnswer } from '../../kit/poll.ts'
import type { Written } from './start.ts'

export interface SchemaFieldsProps {
  /** What it writes: the key, the value. */
  readonly what: string
  readonly value: Written
  readonly onChange: (value: Written) => void
}

/** Whose schema writes it, and by which of its messages where a Protobuf file declares several. */
export function SchemaFields({ what, value, onChange }: SchemaFieldsProps) {
  const subject = useDeferredValue(value.subject ?? '')
  const { data } = useAnswer('GET /api/subject/messages', { query: { subject } }, { enabled: subject !== '' })
  const messages = data?.messages ?? []
  return (
    <>
      <TextField
        code
        label={`Subject of the ${what}'s schema`}
        value={value.subject ?? ''}
        onChange={(next) => onChange({ as: value.as, text: value.text, subject: next })}
        hint="Its latest version writes it."
      />
      {messages.length > 1 && (
        <SelectField
          label={`Message of the ${what}`}
          value={value.message ?? messages[0] ?? ''}
          choices={messages.map((name) => ({ value: name, title: name }))}
          onChange={(message) => onChange({ ...value, message })}
        />
      )}
    </>
  )
}
