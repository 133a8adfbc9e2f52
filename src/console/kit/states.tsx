import type { ReactNode } from 'react'
import { type ApiError, wordsOf } from './api.ts'
import { Button } from './controls.tsx'
import { Icon, type IconName } from './icon.tsx'
import type { Asked } from './poll.ts'

/** Where there is nothing to show: why, and what to do. */
export function Empty({
  icon = 'inbox',
  title,
  children,
  actions,
}: {
  readonly icon?: IconName
  readonly title: string
  readonly children?: ReactNode
  readonly actions?: ReactNode
}) {
  return (
    <div className="state">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children !== undefined && <div className="soft">{children}</div>}
      {actions !== undefined && <div className="row wrap">{actions}</div>}
    </div>
  )
}

/** In the shape of what will come. */
export function Loading({ lines = 6 }: { readonly lines?: number }) {
  return (
    <div className="bones" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, at) => (
        <i key={at} style={{ width: `${92 - ((at * 37) % 50)}%` }} />
      ))}
    </div>
  )
}

/** What went wrong, in the broker's words, and its advice. */
export function Failure({
  error,
  retry,
  title = titleOf(error as Partial<ApiError>),
}: {
  readonly error: unknown
  readonly retry?: () => unknown
  readonly title?: string
}) {
  const { code, fix, status } = error as Partial<ApiError>
  return (
    <div className="state" role="alert">
      <Icon name={status === 403 ? 'lock' : 'warning'} />
      <h2>{title}</h2>
      <p>{wordsOf(error)}</p>
      {fix !== undefined && <p>{fix}</p>}
      {code !== undefined && <code className="quiet">{code}</code>}
      {retry !== undefined && (
        <Button icon="refresh" onClick={() => void retry()}>
          Try again
        </Button>
      )}
    </div>
  )
}

function titleOf({ status }: Partial<ApiError>): string {
  if (status === 403) return 'You may not see this'
  return status === 404 ? 'It is not there' : 'This could not be loaded'
}

/** Something to know, beside what is shown. */
export function Notice({
  tone = 'neutral',
  icon,
  children,
}: {
  readonly tone?: 'neutral' | 'warn' | 'bad'
  readonly icon?: IconName
  readonly children: ReactNode
}) {
  return (
    <div className={`notice ${tone}`} role={tone === 'neutral' ? undefined : 'status'}>
      <Icon name={icon ?? (tone === 'neutral' ? 'info' : 'warning')} />
      <div className="grow">{children}</div>
    </div>
  )
}

/** What an answer was made without. */
export function Warnings({ warnings }: { readonly warnings: readonly string[] | undefined }) {
  if (warnings === undefined || warnings.length === 0) return null
  return (
    <Notice tone="warn">
      {warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
    </Notice>
  )
}

/** A problem that a form or a dialog was answered with; nothing while there is none. */
export function Problem({ error }: { readonly error: unknown }) {
  if (error === undefined || error === null) return null
  const { fix, fields } = error as Partial<ApiError>
  return (
    <div className="notice bad" role="alert">
      <Icon name="warning" />
      <div className="grow">
        <p>{wordsOf(error)}</p>
        {fix !== undefined && <p className="soft">{fix}</p>}
        {fields !== undefined &&
          [...fields].map(([path, message]) => (
            <p key={path} className="soft">
              <code>{path}</code>: {message}
            </p>
          ))}
      </div>
    </div>
  )
}

/** The three states of what is asked: bones, the failure, or what `children` makes of the answer. */
export function Answered<T>({
  asked,
  lines,
  children,
}: {
  readonly asked: Asked<T>
  readonly lines?: number
  readonly children: (data: T) => ReactNode
}) {
  const { data, error, refresh } = asked
  if (data !== undefined) return children(data)
  if (error !== undefined) return <Failure error={error} retry={refresh} />
  return <Loading lines={lines} />
}
