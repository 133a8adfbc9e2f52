import { useEffect, useRef } from 'react'
import { Button } from './controls.tsx'
import { Icon } from './icon.tsx'
import { useStore } from './store.ts'
import { dismiss, toasts } from './toast.ts'

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
