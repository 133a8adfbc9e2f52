import { CopyButton } from '../../kit/controls.tsx'
import { Dialog } from '../../kit/dialog.tsx'

const NAMES: readonly (readonly [string, string])[] = [
  ['value', 'What the value is: an object where it is JSON, Avro or Protobuf, else its text; null of a tombstone'],
  ['key', 'The same of the key'],
  ['headers', 'Their values by their keys'],
  ['text', 'The value as text, whatever it is'],
  ['timestamp', 'A Date'],
  ['partition, offset, size', 'Numbers'],
]

const EXAMPLES = [
  "value.status === 'failed' && value.amount > 100",
  "key.startsWith('customer-4')",
  "text.includes('timeout')",
  "headers['trace-id'] === '4bf92f35'",
  'timestamp.getHours() < 6',
  'value === null',
  '/error|fatal/i.test(text)',
]

/** What a filter can say. */
export function FilterHelp({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Filter by an expression" onClose={onClose} wide>
      <p className="soft">
        An expression in JavaScript: messages for which it is true are shown. It runs in your browser, apart from this
        page and without a network, and is stopped when it takes too long. A message for which it throws is left out.
      </p>
      <dl className="facts">
        {NAMES.map(([name, what]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt className="mono">{name}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <ul className="stack tight">
        {EXAMPLES.map((example) => (
          <li key={example} className="row">
            <code className="grow">{example}</code>
            <CopyButton text={example} />
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
