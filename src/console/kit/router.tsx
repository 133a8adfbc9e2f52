import { type ComponentProps, type MouseEvent, useCallback, useMemo, useSyncExternalStore } from 'react'

/** Where the console is: the browser's own address. A page is a link that can be sent to somebody. */

const MOVED = 'odradek:moved'

function listen(changed: () => void): () => void {
  window.addEventListener('popstate', changed)
  window.addEventListener(MOVED, changed)
  return () => {
    window.removeEventListener('popstate', changed)
    window.removeEventListener(MOVED, changed)
  }
}

export interface NavigateOptions {
  /** The page that is left is not come back to. */
  readonly replace?: boolean
}

export function navigate(to: string, { replace = false }: NavigateOptions = {}): void {
  if (to === window.location.pathname + window.location.search) return
  window.history[replace ? 'replaceState' : 'pushState'](null, '', to)
  window.dispatchEvent(new Event(MOVED))
}

/** `/topics/a%20b`, as the browser has it. */
export function usePath(): string {
  return useSyncExternalStore(listen, () => window.location.pathname)
}

/** One value of the query: read, and set without a new entry in the browser's history. The empty string takes it away. */
export function useQuery(name: string): readonly [string, (value: string) => void] {
  const search = useSyncExternalStore(listen, () => window.location.search)
  const value = useMemo(() => new URLSearchParams(search).get(name) ?? '', [search, name])
  const set = useCallback(
    (next: string) => {
      const query = new URLSearchParams(window.location.search)
      if (next === '') query.delete(name)
      else query.set(name, next)
      const text = query.toString()
      navigate(window.location.pathname + (text === '' ? '' : `?${text}`), { replace: true })
    },
    [name],
  )
  return [value, set]
}

export type Params = Readonly<Record<string, string>>

/** What `/topics/:topic/:tab?` says of a path; undefined where it is another's. */
export function match(pattern: string, path: string): Params | undefined {
  const wanted = pattern.split('/')
  const given = path.replace(/\/+$/, '').split('/')
  if (given.length > wanted.length) return undefined
  const params: Record<string, string> = {}
  for (const [at, part] of wanted.entries()) {
    const value = given[at]
    if (part.startsWith(':')) {
      const name = part.slice(1).replace('?', '')
      if (value === undefined || value === '') {
        if (part.endsWith('?')) continue
        return undefined
      }
      params[name] = decoded(value)
    } else if ((value ?? '') !== part) return undefined
  }
  return params
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A path of parts that may hold anything: to\`/topics/${topic}/messages\`. */
export function to(strings: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return strings.reduce(
    (path, text, at) => path + text + (at < values.length ? encodeURIComponent(values[at] ?? '') : ''),
    '',
  )
}

export interface LinkProps extends Omit<ComponentProps<'a'>, 'href'> {
  readonly to: string
  readonly replace?: boolean
}

/** A link within the console; opens in a new tab as any other where that is asked. */
export function Link({ to: target, replace = false, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    ) {
      return
    }
    event.preventDefault()
    navigate(target, { replace })
  }
  return <a href={target} onClick={follow} {...rest} />
}
