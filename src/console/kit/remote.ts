import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { type ApiError, isAbort } from './api.ts'

/** As `Page` of the API has it. */
export interface Rows<Row> {
  readonly rows: readonly Row[]
  readonly total: number
  readonly warnings: readonly string[]
}

export interface Remote<Row> {
  readonly total: number
  readonly rowAt: (at: number) => Row | undefined
  readonly onView: (first: number, last: number) => void
  readonly warnings: readonly string[]
  /** Nothing has come yet. */
  readonly pending: boolean
  readonly error: ApiError | undefined
  readonly refresh: () => Promise<void>
}

const CHUNK = 100

interface Held<Row> {
  readonly key: string
  readonly chunks: ReadonlyMap<number, readonly Row[]>
  readonly total: number
  readonly warnings: readonly string[]
}

/**
 * The rows of a long list that the broker sorts and searches, as far as they are in view:
 *
 *     const list = useRemote((offset, limit, signal) => call('GET /api/groups', { query: { search, offset, limit } }, signal), search)
 *     <Table {...list} … />
 *
 * `key` tells lists apart: another search is another list; the former is shown until the other is there.
 */
export function useRemote<Row>(
  ask: (offset: number, limit: number, signal: AbortSignal) => Promise<Rows<Row>>,
  key: string,
  everyMs = 5000,
): Remote<Row> {
  const [held, setHeld] = useState<Held<Row>>()
  const [error, setError] = useState<ApiError>()
  const view = useRef({ first: 0, last: CHUNK })
  const askNow = useRef(ask)
  askNow.current = ask
  const load = useRef<(again: boolean) => Promise<void>>(async () => {})

  useEffect(() => {
    const abort = new AbortController()
    const asked = new Map<number, Promise<void>>()
    let timer: ReturnType<typeof setTimeout> | undefined

    const chunk = async (at: number) => {
      try {
        const answer = await askNow.current(at * CHUNK, CHUNK, abort.signal)
        if (abort.signal.aborted) return
        setError(undefined)
        setHeld((old) => ({
          key,
          total: answer.total,
          warnings: answer.warnings,
          chunks: new Map([...(old?.key === key ? old.chunks : []), [at, answer.rows]]),
        }))
      } catch (thrown) {
        asked.delete(at)
        if (!abort.signal.aborted && !isAbort(thrown)) setError(thrown as ApiError)
      }
    }
    load.current = async (again) => {
      const first = Math.floor(view.current.first / CHUNK)
      const last = Math.max(first, Math.floor((view.current.last - 1) / CHUNK))
      if (again) asked.clear()
      for (let at = first; at <= last; at += 1) if (!asked.has(at)) asked.set(at, chunk(at))
      await Promise.all(asked.values())
    }
    const turn = async (again: boolean) => {
      clearTimeout(timer)
      if (document.hidden) return
      await load.current(again)
      if (!abort.signal.aborted) timer = setTimeout(() => void turn(true), everyMs)
    }
    const seen = () => void turn(true)
    void turn(false)
    document.addEventListener('visibilitychange', seen)
    return () => {
      abort.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [key, everyMs])

  const onView = useCallback((first: number, last: number) => {
    view.current = { first, last }
    void load.current(false)
  }, [])
  const refresh = useCallback(() => load.current(true), [])
  return useMemo(
    () => ({
      total: held?.total ?? 0,
      rowAt: (at: number) => held?.chunks.get(Math.floor(at / CHUNK))?.[at % CHUNK],
      onView,
      warnings: held?.warnings ?? [],
      pending: held === undefined && error === undefined,
      error,
      refresh,
    }),
    [held, error, onView, refresh],
  )
}
