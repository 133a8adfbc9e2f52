import { wordsOf } from './api.ts'
import { store } from './store.ts'

interface Toast {
  readonly id: number
  readonly tone: 'good' | 'bad'
  readonly words: string
}

const GOOD_MS = 4500
const BAD_MS = 12_000
const MOST = 4

export const toasts = store<readonly Toast[]>([])
let newest = 0

function show(tone: Toast['tone'], words: string): void {
  newest += 1
  const id = newest
  toasts.set([...toasts.get(), { id, tone, words }].slice(-MOST))
  setTimeout(() => dismiss(id), tone === 'good' ? GOOD_MS : BAD_MS)
}

export function dismiss(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id))
}

/** A word about what was done, in the corner, which goes by itself. `toast.bad` also takes what was thrown. */
export const toast = {
  good: (words: string): void => show('good', words),
  bad: (error: unknown): void => show('bad', typeof error === 'string' ? error : wordsOf(error)),
}
