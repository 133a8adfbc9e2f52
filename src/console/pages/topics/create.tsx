import { useState } from 'react'
import { call } from '../../kit/api.ts'
import { Button } from '../../kit/controls.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { AreaField, SelectField, TextField, useSubmit } from '../../kit/form.tsx'
import { navigate, to } from '../../kit/router.tsx'
import { Problem } from '../../kit/states.tsx'
import { toast } from '../../kit/toast.ts'

const MAX_NAME = 249
const HOUR_MS = 3_600_000

type Cleanup = 'default' | 'delete' | 'compact' | 'compact,delete'
type Kept = 'default' | '1' | '24' | '168' | '720' | 'always'

const CLEANUPS: readonly { readonly value: Cleanup; readonly title: string }[] = [
  { value: 'default', title: "The broker's default" },
  { value: 'delete', title: 'Delete when old' },
  { value: 'compact', title: 'Compact: keep the newest of each key' },
  { value: 'compact,delete', title: 'Both' },
]
const KEPT: readonly { readonly value: Kept; readonly title: string }[] = [
  { value: 'default', title: "The broker's default" },
  { value: '1', title: '1 hour' },
  { value: '24', title: '1 day' },
  { value: '168', title: '7 days' },
  { value: '720', title: '30 days' },
  { value: 'always', title: 'For ever' },
]

/** What the broker would say of a name, before it is asked. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return undefined
  if (name === '.' || name === '..') return 'A topic can not be called so.'
  if (name.length > MAX_NAME) return `At most ${MAX_NAME} characters.`
  return /^[a-zA-Z0-9._-]+$/.test(name) ? undefined : 'Letters of ASCII, digits, dot, underscore and hyphen only.'
}

/** `key=value` in lines; a line without `=` is told of. */
function parsedConfigs(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const at = line.indexOf('=')
    if (at < 1) throw new Error(`“${line}” is not of the form name=value.`)
    found[line.slice(0, at).trim()] = line.slice(at + 1).trim()
  }
  return found
}

const wholeNumber = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text))

/** What a topic has that another one is to have too. */
export interface Pattern {
  readonly name: string
  readonly partitions: number
  readonly replicas: number
  /** One a line. */
  readonly configs: string
}

interface Props {
  readonly like?: Pattern
  readonly onClose: () => void
}

export function CreateTopic({ like, onClose }: Props) {
  const [name, setName] = useState(like === undefined ? '' : `${like.name}-copy`)
  const [partitions, setPartitions] = useState(String(like?.partitions ?? ''))
  const [replicas, setReplicas] = useState(String(like?.replicas ?? ''))
  const [cleanup, setCleanup] = useState<Cleanup>('default')
  const [kept, setKept] = useState<Kept>('default')
  const [more, setMore] = useState(like?.configs ?? '')
  const problem = nameProblem(name)
  const { busy, error, submit } = useSubmit(async () => {
    const configs = {
      ...(cleanup !== 'default' && { 'cleanup.policy': cleanup }),
      ...(kept !== 'default' && { 'retention.ms': kept === 'always' ? '-1' : String(Number(kept) * HOUR_MS) }),
      ...parsedConfigs(more),
    }
    const body = { name, partitions: wholeNumber(partitions), replicationFactor: wholeNumber(replicas), configs }
    await call('POST /api/topics/create', { body })
    toast.good(`Topic ${name} is there.`)
    onClose()
    navigate(to`/topics/${name}`)
  })
  return (
    <Dialog
      title={like === undefined ? 'Create a topic' : `Copy ${like.name}`}
      onClose={onClose}
      onSubmit={(event) => {
        event.preventDefault()
        if (problem === undefined) submit()
      }}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy || name === '' || problem !== undefined}>
            Create topic
          </Button>
        </>
      }
    >
      {like !== undefined && <p className="soft">A topic with the same settings. Records are not copied.</p>}
      <TextField
        label="Name"
        code
        autoFocus
        required
        value={name}
        onChange={setName}
        problem={problem}
        placeholder="orders"
      />
      <div className="fields">
        <TextField
          label="Partitions"
          type="number"
          min={1}
          max={10_000}
          value={partitions}
          onChange={setPartitions}
          placeholder="default"
        />
        <TextField
          label="Replicas"
          type="number"
          min={1}
          max={100}
          value={replicas}
          onChange={setReplicas}
          placeholder="default"
        />
      </div>
      {like === undefined && (
        <div className="fields">
          <SelectField
            label="Old records"
            hint={<code>cleanup.policy</code>}
            value={cleanup}
            choices={CLEANUPS}
            onChange={setCleanup}
          />
          <SelectField
            label="Kept for"
            hint={<code>retention.ms</code>}
            value={kept}
            choices={KEPT}
            onChange={setKept}
          />
        </div>
      )}
      <AreaField
        label={like === undefined ? 'Other configs' : 'Configs'}
        hint="One a line: name=value"
        value={more}
        onChange={setMore}
        placeholder="max.message.bytes=2097152"
        rows={3}
      />
      <Problem error={error} />
    </Dialog>
  )
}
