/** Round marks for axes. */

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400]
const DAY_MS = 86_400_000

/** A few round numbers from 0 to what is at least `max`. `binary`: round as bytes are counted. */
export function marks(max: number, about = 4, binary = false): readonly number[] {
  if (!(max > 0)) return [0, 1]
  const base = binary ? 1024 ** Math.floor(Math.log(Math.max(1, max)) / Math.log(1024)) : 1
  const rough = max / base / about
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((part) => part * power >= rough) ?? 10) * power * base
  const top = Math.ceil(max / step - 1e-9)
  return Array.from({ length: top + 1 }, (_, at) => at * step)
}

/** Round times between two, in local time, at most `about`. */
export function timeMarks(fromMs: number, untilMs: number, about = 6): readonly number[] {
  const span = untilMs - fromMs
  if (!(span > 0)) return []
  const step =
    STEPS_S.map((seconds) => seconds * 1000).find((ms) => span / ms <= about) ??
    Math.ceil(span / about / DAY_MS) * DAY_MS
  const zoneMs = new Date(fromMs).getTimezoneOffset() * 60_000
  const first = Math.ceil((fromMs - zoneMs) / step) * step + zoneMs
  const found = []
  for (let at = first; at <= untilMs; at += step) found.push(at)
  return found
}
