import { type ComponentProps, type FormEvent, type ReactNode, useId, useRef, useState } from 'react'

export interface FieldProps {
  readonly label: ReactNode
  readonly hint?: ReactNode
  readonly problem?: string | undefined
  /** Given what ties label, hint and problem to the control: spread it over the control. */
  readonly children: (tied: Tied) => ReactNode
}

export interface Tied {
  readonly id: string
  readonly 'aria-describedby'?: string
  readonly 'aria-invalid'?: boolean
}

/** A control with its name, what it is good for, and what is wrong with it. */
export function Field({ label, hint, problem, children }: FieldProps) {
  const id = useId()
  const about = problem !== undefined || hint !== undefined ? `${id}-about` : undefined
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': about, 'aria-invalid': problem === undefined ? undefined : true })}
      {about !== undefined && (
        <span id={about} className={problem === undefined ? 'hint' : 'problem'}>
          {problem ?? hint}
        </span>
      )}
    </div>
  )
}

type Own = Omit<FieldProps, 'children'>

export interface TextFieldProps extends Own, Omit<ComponentProps<'input'>, 'onChange' | 'value' | 'id' | 'children'> {
  readonly value: string
  readonly onChange: (value: string) => void
  /** In the font of code, and nothing corrects it. */
  readonly code?: boolean
}

export function TextField({ label, hint, problem, value, onChange, code = false, ...rest }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(tied) => (
        <input
          className={`input ${code ? 'code' : ''}`}
          autoComplete="off"
          data-first={rest.autoFocus}
          {...(code && { spellCheck: false, autoCapitalize: 'none', autoCorrect: 'off' })}
          {...rest}
          {...tied}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

export interface AreaFieldProps
  extends Own,
    Omit<ComponentProps<'textarea'>, 'onChange' | 'value' | 'id' | 'children'> {
  readonly value: string
  readonly onChange: (value: string) => void
}

/** Several lines of code or data. */
export function AreaField({ label, hint, problem, value, onChange, ...rest }: AreaFieldProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(tied) => (
        <textarea
          className="input code"
          data-first={rest.autoFocus}
          spellCheck={false}
          autoCapitalize="none"
          {...rest}
          {...tied}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

export interface Choice<T extends string> {
  readonly value: T
  readonly title: string
}

export interface SelectFieldProps<T extends string> extends Own {
  readonly value: T
  readonly choices: readonly Choice<T>[]
  readonly onChange: (value: T) => void
  readonly disabled?: boolean
}

export function SelectField<T extends string>({ label, hint, problem, ...rest }: SelectFieldProps<T>) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(tied) => <Select {...rest} {...tied} />}
    </Field>
  )
}

export interface SelectProps<T extends string> extends Omit<ComponentProps<'select'>, 'onChange' | 'value'> {
  readonly value: T
  readonly choices: readonly Choice<T>[]
  readonly onChange: (value: T) => void
}

/** Without a label: give it an `aria-label`. */
export function Select<T extends string>({ value, choices, onChange, ...rest }: SelectProps<T>) {
  return (
    <select
      className="input"
      {...rest}
      value={value}
      onChange={(event) => {
        const chosen = choices.find((choice) => choice.value === event.target.value)
        if (chosen !== undefined) onChange(chosen.value)
      }}
    >
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.title}
        </option>
      ))}
    </select>
  )
}

export interface SegmentsProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly choices: readonly Choice<T>[]
  readonly onChange: (value: T) => void
}

/** One of a few, all of them in view. */
export function Segments<T extends string>({ label, value, choices, onChange }: SegmentsProps<T>) {
  const name = useId()
  return (
    <div className="segments" role="radiogroup" aria-label={label}>
      {choices.map((choice) => (
        <label key={choice.value}>
          <input type="radio" name={name} checked={choice.value === value} onChange={() => onChange(choice.value)} />
          {choice.title}
        </label>
      ))}
    </div>
  )
}

export function CheckField({
  label,
  checked,
  onChange,
  disabled,
}: {
  readonly label: ReactNode
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly disabled?: boolean
}) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      {label}
    </label>
  )
}

export interface Submission {
  readonly busy: boolean
  /** What the last try rejected with. */
  readonly error: unknown
  readonly submit: (event?: FormEvent) => void
  readonly clear: () => void
}

/** Runs what a form is for: once at a time, and keeps what it rejected with until the next try. */
export function useSubmit(run: () => Promise<unknown>): Submission {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(undefined)
  const running = useRef(false)
  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    if (running.current) return
    running.current = true
    setBusy(true)
    setError(undefined)
    run()
      .catch(setError)
      .finally(() => {
        running.current = false
        setBusy(false)
      })
  }
  return { busy, error, submit, clear: () => setError(undefined) }
}
