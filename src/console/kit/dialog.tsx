import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { Button } from './controls.tsx'
import { TextField, useSubmit } from './form.tsx'
import { Problem } from './states.tsx'

export interface DialogProps {
  readonly title: ReactNode
  readonly onClose: () => void
  /** Makes it a form; its main button must be of type `submit`. */
  readonly onSubmit?: (event: FormEvent) => void
  /** The buttons, the main one last. */
  readonly footer?: ReactNode
  readonly wide?: boolean
  readonly children: ReactNode
}

/** Rendered while it is open. Esc, the cross and a click beside it close it; the focus is kept in it and given back. */
export function Dialog({ title, onClose, onSubmit, footer, wide = false, children }: DialogProps) {
  const dialog = useModal()
  const id = useId()
  const inner = (
    <>
      <header>
        <h2 id={id}>{title}</h2>
        <Button look="plain" icon="close" aria-label="Close" onClick={onClose} />
      </header>
      <div className="dialog-body">{children}</div>
      {footer !== undefined && <footer>{footer}</footer>}
    </>
  )
  return (
    <dialog
      ref={dialog}
      className={`dialog ${wide ? 'wide' : ''}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onMouseDown={(event) => {
        if (event.target === event.currentTarget) onClose()
      }}
    >
      {onSubmit === undefined ? <div className="inner">{inner}</div> : <form onSubmit={onSubmit}>{inner}</form>}
    </dialog>
  )
}

/** Opens a `dialog` above everything when it is there, and gives the focus back when it goes. */
export function useModal() {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    firstOf(dialog.current)?.focus({ preventScroll: true })
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true })
    }
  }, [])
  return dialog
}

/** Where one begins: the field that says so, else the first one, else the first button below (which changes nothing). */
function firstOf(dialog: HTMLElement | null): HTMLElement | null {
  for (const wanted of ['[data-first="true"]', '.dialog-body :is(input, select, textarea):enabled', 'footer button']) {
    const found = dialog?.querySelector<HTMLElement>(wanted) ?? null
    if (found !== null) return found
  }
  return null
}

export interface ConfirmProps {
  readonly title: string
  /** What will happen, and what can not be undone. */
  readonly children: ReactNode
  /** The word on the button: `Delete topic`. */
  readonly action: string
  /** Must be typed before, where much is at stake. */
  readonly typed?: string
  readonly danger?: boolean
  /** The dialog stays, with the reason, if it rejects. */
  readonly run: () => Promise<unknown>
  readonly onClose: () => void
}

export function Confirm({ title, children, action, typed, danger = true, run, onClose }: ConfirmProps) {
  const [text, setText] = useState('')
  const { busy, error, submit } = useSubmit(async () => {
    await run()
    onClose()
  })
  const isReady = typed === undefined || text === typed
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady) submit()
      }}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look={danger ? 'danger' : 'primary'} disabled={!isReady || busy}>
            {action}
          </Button>
        </>
      }
    >
      <div className="stack tight">{children}</div>
      {typed !== undefined && (
        <TextField
          code
          autoFocus
          label={
            <>
              Type <b className="mono">{typed}</b> to confirm
            </>
          }
          value={text}
          onChange={setText}
        />
      )}
      <Problem error={error} />
    </Dialog>
  )
}
