const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** A time as one types it: `2026-01-31`, `2026-01-31 12:00:03.5`, with Z or a zone, `15m` or `2 h` ago, ms or s since 1970. */
export function parsedTime(text: string, nowMs: number = Date.now()): number | undefined {
  const given = text.trim().toLowerCase().replace(/ ago$/, '')
  if (given === '') return undefined
  const since = /^(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)$/.exec(given)
  if (since !== null) return Math.round(nowMs - Number(since[1]) * (UNITS_MS[since[2] ?? ''] ?? 0))
  if (/^\d{9,10}$/.test(given)) return Number(given) * 1000
  if (/^\d{11,14}$/.test(given)) return Number(given)
  const written =
    /^(\d{4}-\d{1,2}-\d{1,2})(?:[t ]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s*(z|[+-]\d{2}:?\d{2})?)?$/.exec(given)
  if (written === null) return undefined
  const [, day = '', clock = '00:00', zone = ''] = written
  const ms = Date.parse(
    `${padded(day)}T${clock.padStart(clock.indexOf(':') === 1 ? clock.length + 1 : clock.length, '0')}${zone.toUpperCase()}`,
  )
  return Number.isNaN(ms) ? undefined : ms
}

const padded = (day: string): string =>
  day
    .split('-')
    .map((part) => part.padStart(2, '0'))
    .join('-')

/** As it is typed; with the zone, because the address that it stands in may be sent to somebody elsewhere. */
export function writtenTime(ms: number): string {
  const at = new Date(ms)
  const minutes = -at.getTimezoneOffset()
  const local = new Date(ms + minutes * 60_000).toISOString().slice(0, -1).replace('T', ' ')
  const size = Math.abs(minutes)
  return `${local}${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

const two = (value: number): string => String(value).padStart(2, '0')
