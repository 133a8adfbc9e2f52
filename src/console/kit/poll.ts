import { useCallback, useEffect, useRef, useState } from 'react'
import { type Answer, type ApiError, call, type GetRoute, isAbort, type Request } from './api.ts'

export interface Asked<T> {
  /** The newest answer; stays while it is asked again, also where that fails. */
  readonly data: T | undefined
  /** Why the newest question failed. */
  readonly error: ApiError | undefined
  readonly loading: boolean
  /** Asks at once; resolves when there is an answer or an error. */
  readonly refresh: () => Promise<void>
}

export interface PollOptions {
  /** Not given: asked once, and again by `refresh`. */
  readonly everyMs?: number
  /** Not asked at all while false. */
  readonly enabled?: boolean
  /** The former answer is shown until the one for other parameters is there. */
  readonly keep?: boolean
  /** Tells questions apart instead of what is asked, where that is another at each drawing. */
  readonly key?: string
}

/**
 * What a GET route answers, asked again and again while the tab can be seen:
 *
 *     const { data, error } = useAnswer('GET /api/groups', { query: { search } }, { everyMs: 5000 })
 *
 * Other parameters are another question: what was answered to the former is dropped (or kept a while: `keep`). The pause is between
 * an answer and the next question, so a slow broker is asked less.
 */
export function useAnswer<R extends GetRoute>(
  route: R,
  request: Request<R>,
  options: PollOptions = {},
): Asked<Answer<R>> {
  return useAsked((signal) => call(route, request, signal), options.key ?? JSON.stringify([route, request]), options)
}

/** The same with a question of one's own; `key` tells questions apart. */
export function useAsked<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  key: string,
  { everyMs, enabled = true, keep = false }: PollOptions = {},
): Asked<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: ApiError }>({ key })
  const [loading, setLoading] = useState(enabled)
  const askNow = useRef(ask)
  askNow.current = ask
  const again = useRef<() => Promise<void>>(async () => {})

  useEffect(() => {
    if (!enabled) return
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let running: Promise<void> | undefined

    const once = async () => {
      clearTimeout(timer)
      setLoading(true)
      try {
        const data = await askNow.current(abort.signal)
        if (!abort.signal.aborted) setState({ key, data })
      } catch (error) {
        if (abort.signal.aborted || isAbort(error)) return
        setState((old) => ({ key, error: error as ApiError, ...(old.key === key && { data: old.data }) }))
      }
      setLoading(false)
      if (everyMs !== undefined && !document.hidden && !abort.signal.aborted) timer = setTimeout(run, everyMs)
    }
    const run = (): Promise<void> => {
      running ??= once().finally(() => {
        running = undefined
      })
      return running
    }
    const seen = () => {
      if (document.hidden) clearTimeout(timer)
      else if (everyMs !== undefined) void run()
    }
    again.current = async () => {
      // What runs may have begun before that which the answer is to show.
      await running
      await run()
    }
    void run()
    document.addEventListener('visibilitychange', seen)
    return () => {
      abort.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [key, everyMs, enabled])

  const refresh = useCallback(() => again.current(), [])
  const isOwn = state.key === key
  return {
    data: isOwn || keep ? state.data : undefined,
    error: isOwn ? state.error : undefined,
    loading,
    refresh,
  }
}
