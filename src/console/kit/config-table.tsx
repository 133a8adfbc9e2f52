import { useState } from 'react'
import type { Config, ConfigResource, ConfigSource } from '../../http/console/api.ts'
import { call } from './api.ts'
import { Badge, Button } from './controls.tsx'
import { Confirm, Dialog } from './dialog.tsx'
import { CheckField, Field, Select, type Tied, useSubmit } from './form.tsx'
import { bytes, duration } from './format.ts'
import { Icon } from './icon.tsx'
import { useAnswer } from './poll.ts'
import { Answered, Problem } from './states.tsx'
import { type Column, LocalTable, TableTools } from './table.tsx'
import { toast } from './toast.ts'

const SOURCE: Readonly<Record<ConfigSource, string>> = {
  DYNAMIC_TOPIC_CONFIG: 'set here',
  DYNAMIC_BROKER_CONFIG: 'set on this broker',
  DYNAMIC_DEFAULT_BROKER_CONFIG: 'set for all brokers',
  STATIC_BROKER_CONFIG: "the broker's file",
  DEFAULT_CONFIG: 'default',
  DYNAMIC_BROKER_LOGGER_CONFIG: 'set on this broker',
  DYNAMIC_CLIENT_METRICS_CONFIG: 'set here',
  DYNAMIC_GROUP_CONFIG: 'set here',
  UNKNOWN: 'unknown',
}

/** The source of what is set on the resource itself, and may be taken away there. */
const OWN: Readonly<Record<ConfigResource, ConfigSource>> = {
  topic: 'DYNAMIC_TOPIC_CONFIG',
  broker: 'DYNAMIC_BROKER_CONFIG',
  group: 'DYNAMIC_GROUP_CONFIG',
  'client-metrics': 'DYNAMIC_CLIENT_METRICS_CONFIG',
  'broker-logger': 'DYNAMIC_BROKER_LOGGER_CONFIG',
}

const MOST_INT64 = '9223372036854775807'

/** `604800000` as `7 d`, `1073741824` as `1 GiB`: beside the number, where its name says what it counts. */
export function readable(name: string, value: string | null): string | undefined {
  const amount = Number(value)
  if (value === MOST_INT64) return 'no limit'
  if (value === '-2' && name.startsWith('local.')) return `as ${name.slice('local.'.length)}`
  if (value === null || value === '' || !Number.isSafeInteger(amount)) return undefined
  if (/\.ms$/.test(name))
    return amount < 0 ? 'no limit' : amount >= 1000 && amount < 1e14 ? duration(amount) : undefined
  if (/\.hours$/.test(name) && amount >= 24) return duration(amount * 3_600_000)
  if (/bytes$|\.size$/.test(name))
    return amount < 0 ? 'no limit' : amount >= 1024 && amount < 1e15 ? bytes(amount) : undefined
  return undefined
}

export interface ConfigTableProps {
  readonly type: ConfigResource
  /** Of brokers an id, or empty for what is set for all. */
  readonly name: string
  /** What one may change is up to the broker; where it is known that one may not, nothing is offered. */
  readonly mayAlter?: boolean
}

/** All settings of a resource: what holds, where it comes from, what it means, and, where it may be changed, its change. */
export function ConfigTable({ type, name, mayAlter = true }: ConfigTableProps) {
  const asked = useAnswer('GET /api/configs', { query: { type, name } })
  const [search, setSearch] = useState('')
  const [onlySet, setOnlySet] = useState(false)
  const [open, setOpen] = useState<string>()
  const columns: readonly Column<Config>[] = [
    {
      id: 'name',
      title: 'Name',
      width: '38%',
      phone: '56%',
      sortBy: ({ name: own }) => own,
      cell: (config) => <ConfigName config={config} />,
    },
    { id: 'value', title: 'Value', cell: (config) => <ConfigValue config={config} /> },
    {
      id: 'source',
      title: 'From',
      width: '170px',
      from: 'desk',
      sortBy: ({ source }) => SOURCE[source],
      cell: ({ source, isDefault }) => (isDefault ? <span className="quiet">{SOURCE[source]}</span> : SOURCE[source]),
    },
  ]
  return (
    <Answered asked={asked} lines={12}>
      {({ configs }) => {
        const chosen = configs.find((config) => config.name === open)
        const shown = onlySet ? configs.filter(({ isDefault }) => !isDefault) : configs
        return (
          <>
            <TableTools search={search} onSearch={setSearch} placeholder="Filter settings">
              <CheckField label="Only what is not default" checked={onlySet} onChange={setOnlySet} />
            </TableTools>
            <LocalTable
              label="Settings"
              rows={shown}
              columns={columns}
              search={search}
              textOf={({ name: own, value }) => `${own} ${value ?? ''}`}
              rowKey={({ name: own }) => own}
              onOpen={(config) => setOpen(config.name)}
              firstSort={{ id: 'name', descending: false }}
            />
            {chosen !== undefined && (
              <ConfigDialog
                type={type}
                name={name}
                config={chosen}
                mayAlter={mayAlter && !chosen.readOnly}
                onClose={() => setOpen(undefined)}
                onChanged={asked.refresh}
              />
            )}
          </>
        )
      }}
    </Answered>
  )
}

function ConfigName({ config: { name, readOnly, isDefault } }: { readonly config: Config }) {
  return (
    <span className="row">
      <span className={`mono ellipsis ${isDefault ? '' : 'strong'}`} title={name}>
        {name}
      </span>
      {readOnly && (
        <span className="quiet" title="Only a restart with another file changes it">
          <Icon name="lock" />
        </span>
      )}
    </span>
  )
}

function ConfigValue({ config: { name, value, sensitive, isDefault } }: { readonly config: Config }) {
  if (sensitive) return <span className="quiet">hidden</span>
  if (value === null || value === '') return <span className="quiet">{value === null ? 'not set' : 'empty'}</span>
  const words = readable(name, value)
  return (
    <span className="ellipsis" title={value}>
      <span className={`mono ${isDefault ? 'soft' : ''}`}>{value}</span>
      {words !== undefined && <span className="quiet"> {words}</span>}
    </span>
  )
}

interface ConfigDialogProps extends Required<ConfigTableProps> {
  readonly config: Config
  readonly onClose: () => void
  readonly onChanged: () => Promise<void>
}

function ConfigDialog({ type, name, config, mayAlter, onClose, onChanged }: ConfigDialogProps) {
  const [value, setValue] = useState(config.value ?? '')
  const [taking, setTaking] = useState(false)
  const change = async (operation: 'set' | 'delete') => {
    const changes = [{ name: config.name, operation, ...(operation === 'set' && { value }) }]
    await call('POST /api/configs/alter', { body: { type, name, changes } })
    toast.good(
      operation === 'set'
        ? `${config.name} is ${value === '' ? 'empty' : value} now.`
        : `${config.name} is what it was without a value of its own.`,
    )
    await onChanged()
    onClose()
  }
  const { busy, error, submit } = useSubmit(() => change('set'))
  const own =
    config.source === OWN[type] ||
    (type === 'broker' && name === '' && config.source === 'DYNAMIC_DEFAULT_BROKER_CONFIG')
  if (taking) {
    return (
      <Confirm
        title={`Take ${config.name} away`}
        action="Take away"
        danger={false}
        run={() => change('delete')}
        onClose={onClose}
      >
        <p>
          What holds without it:{' '}
          {config.synonyms.find(({ source }) => source !== config.source)?.value ?? 'the default'}.
        </p>
      </Confirm>
    )
  }
  return (
    <Dialog
      title={<span className="mono">{config.name}</span>}
      onClose={onClose}
      onSubmit={(event) => {
        event.preventDefault()
        if (mayAlter) submit()
      }}
      footer={
        mayAlter ? (
          <>
            {own && (
              <Button look="plain" onClick={() => setTaking(true)}>
                Take away
              </Button>
            )}
            <span className="grow" />
            <Button onClick={onClose}>Cancel</Button>
            <Button
              type="submit"
              look="primary"
              disabled={busy || (value === (config.value ?? '') && !config.sensitive)}
            >
              Save
            </Button>
          </>
        ) : undefined
      }
    >
      {config.documentation !== null && <p className="soft">{plain(config.documentation)}</p>}
      {config.readOnly && <p className="quiet">It can only be set in the broker's file, before a start.</p>}
      <Field label={`Value (${config.type.toLowerCase()})`} hint={readable(config.name, value)}>
        {(tied) => <ValueInput config={config} value={value} disabled={!mayAlter} onChange={setValue} tied={tied} />}
      </Field>
      <Synonyms config={config} />
      <Problem error={error} />
    </Dialog>
  )
}

interface ValueInputProps {
  readonly config: Config
  readonly value: string
  readonly disabled: boolean
  readonly onChange: (value: string) => void
  readonly tied: Tied
}

const YES_NO = [
  { value: 'true', title: 'true' },
  { value: 'false', title: 'false' },
] as const

function ValueInput({ config, value, disabled, onChange, tied }: ValueInputProps) {
  if (config.type === 'BOOLEAN' && (value === 'true' || value === 'false')) {
    return <Select {...tied} value={value} choices={YES_NO} onChange={onChange} disabled={disabled} />
  }
  return (
    <input
      className="input code"
      {...tied}
      type={config.sensitive ? 'password' : 'text'}
      autoComplete="off"
      spellCheck={false}
      disabled={disabled}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

function Synonyms({ config }: { readonly config: Config }) {
  if (config.synonyms.length === 0) return null
  return (
    <div className="stack tight">
      <h3>Where it comes from, the strongest first</h3>
      <ol className="stack tight">
        {config.synonyms.map(({ name, value, source }, at) => (
          <li key={`${source} ${name}`} className={`row wrap ${at === 0 ? '' : 'quiet'}`}>
            <Badge tone={at === 0 ? 'accent' : 'neutral'}>{SOURCE[source]}</Badge>
            <code>{name}</code> <code>{value ?? '–'}</code>
          </li>
        ))}
      </ol>
    </div>
  )
}

/** Kafka's own words have HTML in them. */
function plain(text: string): string {
  return new DOMParser().parseFromString(text, 'text/html').body.textContent ?? ''
}
