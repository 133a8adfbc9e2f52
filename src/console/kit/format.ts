/** How numbers, sizes and times read everywhere: short, in the same shape, and never rounded to a lie (a small number is not 0). */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
const STEP = 1024

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** `1,234,567`; `–` for what is not known. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value) ? '–' : whole.format(value)
}

/** `1.2k`, `34M`: where room is short. */
export function brief(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–'
  const size = Math.abs(value)
  if (size < 1000) return size !== 0 && size < 10 && !Number.isInteger(value) ? value.toFixed(1) : whole.format(value)
  const steps: readonly (readonly [number, string])[] = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ]
  const [step, letter] = steps.find(([least]) => size >= least * 0.99995) ?? [1e3, 'k']
  return `${digits(value / step)}${letter}`
}

/** `512 B`, `1.4 MiB`. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–'
  let amount = value
  let unit = 0
  while (Math.abs(amount) >= STEP - 0.05 && unit < UNITS.length - 1) {
    amount /= STEP
    unit += 1
  }
  return `${unit === 0 ? whole.format(amount) : digits(amount)} ${UNITS[unit]}`
}

export function bytesPerSecond(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : `${bytes(Math.round(value))}/s`
}

export function perSecond(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : `${brief(value)}/s`
}

/** Three digits that count. */
function digits(amount: number): string {
  const size = Math.abs(amount)
  return amount
    .toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.995 ? 2 : 3)
    .replace(/(\.\d*?)0+$|\.$/, '$1')
    .replace(/\.$/, '')
}

/** `350 ms`, `2.4 s`, `3 min`, `2 h 5 min`, `7 d`: at most two units. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return '–'
  if (ms < 0) return `-${duration(-ms)}`
  if (ms < 1000) return `${ms < 10 && !Number.isInteger(ms) ? ms.toFixed(1) : Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`
  const units: readonly (readonly [number, string])[] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ]
  const first = units.findIndex(([length]) => ms >= length)
  const [big, bigName] = units[first] ?? [1000, 's']
  const [small, smallName] = units[first + 1] ?? [1000, 's']
  const rest = Math.floor((ms % big) / small)
  return `${Math.floor(ms / big)} ${bigName}${rest > 0 && first < 3 ? ` ${rest} ${smallName}` : ''}`
}

/** `just now`, `12 s ago`, `3 h ago`, `in 2 min`. */
export function ago(timeMs: number, nowMs: number = Date.now()): string {
  const passed = nowMs - timeMs
  if (Math.abs(passed) < 1500) return 'just now'
  const [amount] = /^\d+(?:\.\d+)? \w+/.exec(
    duration(Math.abs(passed) < 59_950 ? Math.round(Math.abs(passed) / 1000) * 1000 : Math.abs(passed)),
  ) ?? ['']
  return passed > 0 ? `${amount} ago` : `in ${amount}`
}

const two = (value: number): string => String(value).padStart(2, '0')

/** `2026-11-21 16:02:03.456`, in the time of the browser; `–` where a record has none (-1). */
export function time(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || ms < 0) return '–'
  const at = new Date(ms)
  if (Number.isNaN(at.getTime())) return `${ms}`
  return `${date(ms)} ${clock(ms)}.${String(at.getMilliseconds()).padStart(3, '0')}`
}

/** `2026-11-21`. */
export function date(ms: number): string {
  const at = new Date(ms)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** `16:02:03`. */
export function clock(ms: number): string {
  const at = new Date(ms)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** `1 partition`, `3 partitions`. */
export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`
}

export function percent(part: number, total: number): string {
  if (total === 0) return '–'
  const share = (part / total) * 100
  return `${share > 0 && share < 1 ? '<1' : share > 99 && share < 100 ? '>99' : Math.round(share)}%`
}
