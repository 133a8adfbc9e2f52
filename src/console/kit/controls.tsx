import { type ComponentProps, type ReactNode, useEffect, useId, useState } from 'react'
import { Icon, type IconName } from './icon.tsx'
import { Link } from './router.tsx'
import { toast } from './toast.ts'

export interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: 'normal' | 'primary' | 'danger' | 'plain' | 'plain danger'
  readonly size?: 'normal' | 'small'
  readonly icon?: IconName
}

/** With an icon alone it needs an `aria-label`, which is shown as its title too. */
export function Button({ look = 'normal', size = 'normal', icon, className = '', children, ...rest }: ButtonProps) {
  const isSquare = icon !== undefined && children === undefined
  return (
    <button
      type="button"
      className={`button ${look} ${size} ${isSquare ? 'square' : ''} ${className}`}
      title={isSquare ? rest['aria-label'] : undefined}
      {...rest}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  )
}

export type Tone = 'neutral' | 'good' | 'warn' | 'bad' | 'accent'

export function Badge({
  tone = 'neutral',
  title,
  children,
}: {
  readonly tone?: Tone
  readonly title?: string
  readonly children: ReactNode
}) {
  return (
    <span className={`badge ${tone}`} title={title}>
      {children}
    </span>
  )
}

/** A point in a colour, never without words beside it. */
export function Dot({ tone }: { readonly tone: Tone }) {
  return <i className={`dot ${tone}`} aria-hidden="true" />
}

export interface CardProps {
  readonly title?: ReactNode
  /** At the right of the title. */
  readonly actions?: ReactNode
  /** Tables reach to the edge. */
  readonly flush?: boolean
  readonly children: ReactNode
}

export function Card({ title, actions, flush = false, children }: CardProps) {
  const id = useId()
  return (
    <section className="card" aria-labelledby={title === undefined ? undefined : id}>
      {(title !== undefined || actions !== undefined) && (
        <header>
          <h2 id={id}>{title}</h2>
          {actions}
        </header>
      )}
      {flush ? children : <div className="body">{children}</div>}
    </section>
  )
}

export interface Stat {
  readonly name: string
  readonly value: ReactNode
  readonly unit?: string
  readonly note?: ReactNode
  readonly tone?: Tone
  /** Where more about it is. */
  readonly to?: string
}

/** Numbers in a row, the most telling first. */
export function Stats({ stats }: { readonly stats: readonly Stat[] }) {
  return (
    <div className="stats">
      {stats.map(({ name, value, unit, note, tone, to }) => {
        const inner = (
          <dl>
            <dt>{name}</dt>
            <dd className={tone}>
              {value}
              {unit !== undefined && <small>{unit}</small>}
            </dd>
            {note !== undefined && <dd className="note plain">{note}</dd>}
          </dl>
        )
        return to === undefined ? (
          <div className="stat" key={name}>
            {inner}
          </div>
        ) : (
          <Link className="stat" key={name} to={to}>
            {inner}
          </Link>
        )
      })}
    </div>
  )
}

/** Names and what they are. Those without a value are left out. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

export interface PageHeadProps {
  readonly title: ReactNode
  /** Where it belongs: the list that it is one of. */
  readonly above?: { readonly title: string; readonly to: string }
  readonly below?: ReactNode
  readonly actions?: ReactNode
  /** Of the browser's tab, where `title` is no text. */
  readonly name?: string
}

/** Each page begins with one: it has the page's only h1 and names the tab. */
export function PageHead({ title, above, below, actions, name }: PageHeadProps) {
  const words = name ?? (typeof title === 'string' ? title : undefined)
  useEffect(() => {
    document.title = words === undefined ? 'Odradek' : `${words} · Odradek`
  }, [words])
  return (
    <div className="page-head">
      <div className="title">
        {above !== undefined && (
          <div className="crumbs">
            <Link to={above.to}>{above.title}</Link>
          </div>
        )}
        <h1>{title}</h1>
        {below !== undefined && <div className="below">{below}</div>}
      </div>
      {actions !== undefined && <div className="row wrap">{actions}</div>}
    </div>
  )
}

export interface Tab {
  readonly title: string
  readonly to: string
  readonly current: boolean
  readonly count?: ReactNode
}

export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ title, to, current, count }) => (
        <Link key={title} to={to} aria-current={current ? 'page' : undefined}>
          {title}
          {count !== undefined && <span className="count num">{count}</span>}
        </Link>
      ))}
    </nav>
  )
}

/** To the clipboard, also where the page was not served over TLS and browsers have none for it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.style.position = 'fixed'
    ;(document.querySelector('dialog[open]') ?? document.body).append(area)
    area.select()
    // Deprecated, and the only way outside of secure contexts.
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}

export function CopyButton({
  text,
  label = 'Copy',
  look = 'plain',
}: {
  readonly text: string | (() => string)
  readonly label?: string
  readonly look?: 'plain' | 'normal'
}) {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), 1400)
    return () => clearTimeout(timer)
  }, [done])
  const copy = async (event: { stopPropagation(): void }) => {
    event.stopPropagation()
    if (await copyText(typeof text === 'string' ? text : text())) setDone(true)
    else toast.bad('The browser did not let this page write to the clipboard.')
  }
  return (
    <Button
      look={look}
      size="small"
      icon={done ? 'check' : 'copy'}
      aria-label={done ? 'Copied' : label}
      onClick={copy}
    />
  )
}

/** A command for a shell. */
export function Command({ text, label = 'Copy this command' }: { readonly text: string; readonly label?: string }) {
  return (
    <div className="copyable">
      <pre>{text}</pre>
      <CopyButton text={text} label={label} />
    </div>
  )
}

/** A part of a whole, 0 to 1. */
export function Meter({
  share,
  label,
  tone = 'accent',
}: {
  readonly share: number
  readonly label: string
  readonly tone?: Tone
}) {
  const width = `${Math.min(100, Math.max(0, share * 100))}%`
  return (
    <div className="meter" role="img" aria-label={label} title={label}>
      <i style={{ width, background: `var(--${tone === 'neutral' ? 'ink-3' : tone})` }} />
    </div>
  )
}
