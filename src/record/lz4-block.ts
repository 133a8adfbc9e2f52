import { copyBack, copyIn } from './wide-copy.ts'

const LEAST_MATCH = 4
/** A length of 15 goes on in the bytes behind its token. */
const GOES_ON = 15
/** Literals from this length on are copied by the runtime. */
const LONG = 64

/**
 * Decodes one lz4 block from `source` [from, to) to `target` at `start`; gives how many bytes came out, -1 for bytes that are no
 * block or more than `limit` (an end within `target`, which has 8 bytes more) allows. Matches reach back to
 * `start` at most. Here and not in a native module, because that gives every block memory of its own.
 */
export function decodeLz4Block(
  source: Buffer,
  sourceView: DataView,
  from: number,
  to: number,
  target: Buffer,
  view: DataView,
  start: number,
  limit: number,
): number {
  const wideUntil = source.length - 8
  let at = from
  let out = start
  while (at < to) {
    const token = source[at++] as number
    let literals = token >>> 4
    if (literals === GOES_ON) {
      let more = 255
      while (more === 255 && at < to) {
        more = source[at++] as number
        literals += more
      }
    }
    if (literals > 0) {
      const stop = at + literals
      if (stop > to || out + literals > limit) return -1
      if (literals > LONG || stop > wideUntil) source.copy(target, out, at, stop)
      else copyIn(view, out, sourceView, at, literals)
      out += literals
      at = stop
    }
    if (at === to) return out - start
    if (to - at < 2) return -1
    const distance = (source[at] as number) | ((source[at + 1] as number) << 8)
    at += 2
    let length = token & GOES_ON
    if (length === GOES_ON) {
      let more = 255
      while (more === 255 && at < to) {
        more = source[at++] as number
        length += more
      }
    }
    length += LEAST_MATCH
    if (distance === 0 || distance > out - start || out + length > limit) return -1
    copyBack(target, view, out, distance, length)
    out += length
  }
  // A block ends with literals.
  return -1
}
