import { useEffect, useRef } from 'react'
import { wordsOf } from './api.ts'
import { Button } from './controls.tsx'
import { Icon } from './icon.tsx'
import { store, useStore } from './store.ts'

interface Toast {
  readonly id: number
  readonly tone: 'good' | 'bad'
  readonly words: string
}

const GOOD_MS = 4500
const BAD_MS = 12_000
const MOST = 4

const toasts = store<readonly Toast[]>([])
let newest = 0

function show(tone: Toast['tone'], words: string): void {
  newest += 1
  const id = newest
  toasts.set([...toasts.get(), { id, tone, words }].slice(-MOST))
  setTimeout(() => dismiss(id), tone === 'good' ? GOOD_MS : BAD_MS)
}

function dismiss(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id))
}

/** A word about what was done, in the corner, which goes by itself. `toast.bad` also takes what was thrown. */
export const toast = {
  good: (words: string): void => show('good', words),
  bad: (error: unknown): void => show('bad', typeof error === 'string' ? error : wordsOf(error)),
}

/** Once, by the shell. A popover, so that it is above an open dialog. */
export function Toasts() {
  const shown = useStore(toasts)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    // Shown anew, because only then it is above a dialog that was opened since.
    if (element.matches(':popover-open')) element.hidePopover()
    if (shown.length > 0) element.showPopover()
  }, [shown])
  return (
    <div className="toasts" ref={box} popover="manual" role="status" aria-live="polite">
      {shown.map(({ id, tone, words }) => (
        <div className="toast" key={id}>
          <span className={tone}>
            <Icon name={tone === 'good' ? 'check' : 'warning'} />
          </span>
          <p>{words}</p>
          <Button look="plain" size="small" icon="close" aria-label="Dismiss" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  )
}
