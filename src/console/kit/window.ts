import { type RefObject, useEffect, useLayoutEffect, useState } from 'react'

/** Rows beyond the edges, so that scrolling does not show the white between two frames. */
const BEYOND = 12
const HEAD_PX = 33
const FEW = 60

export interface Window {
  readonly first: number
  /** Exclusive. */
  readonly last: number
  readonly rowHeight: number
}

function rowHeightNow(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--row')) || 34
}

/** Which rows of a long table are in view of what scrolls (`.main`, or the inside of a dialog). Few rows are always all there. */
export function useWindow(table: RefObject<HTMLElement | null>, total: number): Window {
  const [view, setView] = useState<Window>({ first: 0, last: Math.min(total, FEW), rowHeight: 34 })
  useLayoutEffect(() => {
    const element = table.current
    if (element === null) return
    const scroller = element.closest<HTMLElement>('.dialog-body, .scroll, .main')
    const look = () => {
      const rowHeight = rowHeightNow()
      const edge = scroller?.getBoundingClientRect() ?? new DOMRect(0, 0, 0, window.innerHeight)
      const top = edge.top - (element.getBoundingClientRect().top + HEAD_PX)
      // By tens, so that not each pixel draws anew.
      const first = total <= FEW ? 0 : Math.max(0, Math.floor((top / rowHeight - BEYOND) / 10) * 10)
      const last =
        total <= FEW ? total : Math.min(total, Math.ceil(((top + edge.height) / rowHeight + BEYOND) / 10) * 10)
      setView((old) =>
        old.first === first && old.last === last && old.rowHeight === rowHeight
          ? old
          : { first: Math.min(first, Math.max(0, total - 1)), last: Math.max(last, 0), rowHeight },
      )
    }
    look()
    scroller?.addEventListener('scroll', look, { passive: true })
    const observer = new ResizeObserver(look)
    observer.observe(scroller ?? document.body)
    return () => {
      scroller?.removeEventListener('scroll', look)
      observer.disconnect()
    }
  }, [table, total])
  return view
}

/** The value as it was when it had not changed for so long: what is typed is asked for when one pauses. */
export function useSettled<T>(value: T, ms = 180): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}
