import { store } from './store.ts'

/** `auto`: as the system has it. */
export type Theme = 'auto' | 'light' | 'dark'

const KEY = 'odradek.theme'
const ORDER: readonly Theme[] = ['auto', 'light', 'dark']

export const theme = store<Theme>('auto')

function apply(chosen: Theme): void {
  if (chosen === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = chosen
}

export function loadTheme(): void {
  const stored = remembered(KEY)
  const chosen = ORDER.find((name) => name === stored) ?? 'auto'
  theme.set(chosen)
  apply(chosen)
}

export function nextTheme(): void {
  const chosen = ORDER[(ORDER.indexOf(theme.get()) + 1) % ORDER.length] ?? 'auto'
  theme.set(chosen)
  apply(chosen)
  remember(KEY, chosen)
}

/** What this browser keeps for its user; a browser that keeps nothing is no error. */
export function remembered(key: string): string | undefined {
  try {
    return window.localStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

export function remember(key: string, value: string): void {
  try {
    window.localStorage.setItem(key, value)
  } catch {
    // Private windows may refuse; then it holds until the tab is closed.
  }
}
