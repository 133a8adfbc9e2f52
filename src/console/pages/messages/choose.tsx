import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Button } from '../../kit/controls.tsx'
import { CheckField, Segments, Select } from '../../kit/form.tsx'
import { useShortcut } from '../../kit/keyboard.ts'
import { FilterHelp } from './filter-help.tsx'
import { TimeHint } from './time-field.tsx'
import { parsedTime } from './times.ts'

export type From = 'last' | 'beginning' | 'offset' | 'time' | 'live'

export const FROMS: readonly { readonly value: From; readonly title: string }[] = [
  { value: 'last', title: 'Newest' },
  { value: 'beginning', title: 'Beginning' },
  { value: 'offset', title: 'Offset' },
  { value: 'time', title: 'Time' },
  { value: 'live', title: 'Live' },
]

export interface Chosen {
  readonly from: From
  /** An offset or a time. */
  readonly at: string
  readonly until: string
  /** `0,3`; empty: all. */
  readonly partitions: string
  readonly limit: string
  readonly filter: string
  readonly uncommitted: boolean
}

const LIMITS = ['50', '100', '500', '1000', '10000'].map((value) => ({
  value,
  title: `${Number(value).toLocaleString('en')} messages`,
}))
/** More partitions are typed. */
const LISTED_PARTITIONS = 64

export interface ChooseProps {
  readonly chosen: Chosen
  readonly onChange: (change: Partial<Chosen>) => void
  readonly partitions: number
  readonly onRefresh: () => void
}

/** From where, how many, of which partitions, and which of them. */
export function Choose({ chosen, onChange, partitions, onRefresh }: ChooseProps) {
  const listed = [
    { value: '', title: 'All partitions' },
    ...Array.from({ length: Math.min(partitions, LISTED_PARTITIONS) }, (_, at) => ({
      value: String(at),
      title: `Partition ${at}`,
    })),
    ...(chosen.partitions.includes(',') || Number(chosen.partitions) >= LISTED_PARTITIONS
      ? [{ value: chosen.partitions, title: `Partitions ${chosen.partitions}` }]
      : []),
  ]
  const choose = (from: From) =>
    onChange({ from, at: from === 'offset' ? '0' : from === 'time' ? '1h' : '', until: '' })
  return (
    <section className="choose" aria-label="What to read">
      <div className="row wrap">
        <Segments label="From" value={chosen.from} choices={FROMS} onChange={choose} />
        {(chosen.from === 'offset' || chosen.from === 'time') && (
          <Typed
            key={chosen.from}
            label={chosen.from === 'offset' ? 'From offset' : 'From time'}
            value={chosen.at}
            onChange={(at) => onChange({ at })}
            isTime={chosen.from === 'time'}
          />
        )}
        {chosen.from === 'time' && (
          <Typed
            label="Until time"
            value={chosen.until}
            placeholder="until now"
            onChange={(until) => onChange({ until })}
            isTime
          />
        )}
        {partitions > 1 && (
          <Select
            aria-label="Partitions"
            value={chosen.partitions}
            choices={listed}
            onChange={(value) => onChange({ partitions: value })}
          />
        )}
        {chosen.from !== 'live' && (
          <Select
            aria-label="How many"
            value={chosen.limit}
            choices={LIMITS}
            onChange={(limit) => onChange({ limit })}
          />
        )}
        <Button icon="refresh" aria-label="Read again" onClick={onRefresh} />
        <CheckField
          label="Also uncommitted"
          checked={chosen.uncommitted}
          onChange={(uncommitted) => onChange({ uncommitted })}
        />
      </div>
      <FilterField value={chosen.filter} onChange={(filter) => onChange({ filter })} />
    </section>
  )
}

interface TypedProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly isTime: boolean
  readonly placeholder?: string
}

/** Holds when Enter is pressed or the field is left. */
function Typed({ label, value, onChange, isTime, placeholder }: TypedProps) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  const isWrong = text !== '' && (isTime ? parsedTime(text) === undefined : !/^\d+$/.test(text))
  const settle = (event?: FormEvent) => {
    event?.preventDefault()
    if (!isWrong && text !== value) onChange(text)
  }
  return (
    <form className="typed" onSubmit={settle}>
      <input
        className="input code"
        aria-label={label}
        aria-invalid={isWrong}
        inputMode={isTime ? 'text' : 'numeric'}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => settle()}
      />
      {isTime && text !== '' && (
        <span className="typed-hint small quiet">
          <TimeHint text={text} />
        </span>
      )}
    </form>
  )
}

function FilterField({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const [text, setText] = useState(value)
  const [help, setHelp] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => setText(value), [value])
  useShortcut('/', 'Filter the messages', () => field.current?.focus(), 'Messages')
  return (
    <form
      className="filter"
      onSubmit={(event) => {
        event.preventDefault()
        onChange(text.trim())
      }}
    >
      <input
        ref={field}
        className="input code"
        aria-label="Filter: an expression in JavaScript"
        placeholder="value.amount > 100 && key.startsWith('a')"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          if (text === '' && value === '') field.current?.blur()
          setText('')
          onChange('')
        }}
      />
      {text.trim() !== value ? (
        <Button type="submit" look="primary">
          Filter
        </Button>
      ) : (
        value !== '' && <Button icon="close" aria-label="No filter" onClick={() => onChange('')} />
      )}
      <Button look="plain" onClick={() => setHelp(true)}>
        Filter help
      </Button>
      {help && <FilterHelp onClose={() => setHelp(false)} />}
    </form>
  )
}
