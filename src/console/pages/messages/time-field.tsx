import { ago, time } from '../../kit/format.ts'
import { parsedTime } from './times.ts'

/** How a typed time is understood. */
export function TimeHint({ text }: { readonly text: string }) {
  const ms = parsedTime(text)
  if (text.trim() === '') return 'A date and time, 15m, 2h, 3d ago, or ms since 1970.'
  return ms === undefined ? 'This is no time.' : <span className="num">{`${time(ms)}, ${ago(ms)}`}</span>
}
