import { useEffect, useRef } from 'react'

/** Shortcuts: one key, a sequence (`g t`), or `mod+k` (Ctrl, on a Mac Command). They rest while one types or a dialog is open. */

export interface Shortcut {
  readonly keys: string
  /** What it does, for the list of them. */
  readonly what: string
  readonly group: string
}

interface Bound extends Shortcut {
  readonly run: (event: KeyboardEvent) => void
}

const SEQUENCE_MS = 1200

const bound: Bound[] = []
let pressed = ''
let pressedMs = 0

/** What is bound now, in the order in which it was bound. */
export function shortcuts(): readonly Shortcut[] {
  const seen = new Set<string>()
  return bound.filter(({ keys }) => !seen.has(keys) && seen.add(keys)).reverse()
}

/** The newest that is bound to a key has it. */
export function useShortcut(
  keys: string,
  what: string,
  run: (event: KeyboardEvent) => void,
  group = 'This page',
): void {
  const newest = useRef(run)
  newest.current = run
  useEffect(() => {
    const entry: Bound = { keys, what, group, run: (event) => newest.current(event) }
    bound.unshift(entry)
    return () => {
      bound.splice(bound.indexOf(entry), 1)
    }
  }, [keys, what, group])
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)))
  )
}

function press(event: KeyboardEvent): void {
  if (event.isComposing) return
  const isModified = event.ctrlKey || event.metaKey
  const key = isModified ? `mod+${event.key.toLowerCase()}` : event.key
  if (!isModified && (isTyping(event.target) || event.altKey)) return
  if (document.querySelector('dialog[open]') !== null) return
  const nowMs = performance.now()
  const sequence = nowMs - pressedMs < SEQUENCE_MS && pressed !== '' ? `${pressed} ${key}` : key
  const found = bound.find(({ keys }) => keys === sequence) ?? bound.find(({ keys }) => keys === key)
  const begins = !isModified && bound.some(({ keys }) => keys.startsWith(`${key} `))
  pressed = found === undefined && begins ? key : ''
  pressedMs = nowMs
  if (found === undefined) return
  event.preventDefault()
  found.run(event)
}

/** Once, by the shell. */
export function listenToKeys(): () => void {
  document.addEventListener('keydown', press)
  return () => document.removeEventListener('keydown', press)
}

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent)

/** `mod+k` as it is written on the keyboard at hand. */
export function keyNames(keys: string): readonly string[] {
  return keys
    .split(' ')
    .map((key) =>
      key.startsWith('mod+') ? (isMac ? `⌘${key.slice(4).toUpperCase()}` : `Ctrl ${key.slice(4).toUpperCase()}`) : key,
    )
}
