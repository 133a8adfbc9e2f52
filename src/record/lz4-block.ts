import { copyBack, copyIn, LONG_LITERALS, type Wide } from './wide-copy.ts'

const LEAST_MATCH = 4
/** A length of 15 goes on in the bytes behind its token. */
const GOES_ON = 15

/**
 * Decodes one lz4 block from `source` [from, to) to `target` at `start`; gives how many bytes came out, -1 for bytes that are no
 * block or more than `limit` (an end within `target`, which has 8 bytes more) allows. Matches reach back to
 * `start` at most. Here and not in a native module, because that gives every block memory of its own.
 */
export function decodeLz4Block(
  source: Wide,
  from: number,
  to: number,
  target: Wide,
  start: number,
  limit: number,
): number {
  const { bytes, view } = source
  const wideUntil = bytes.length - 8
  let at = from
  let out = start
  while (at < to) {
    const token = bytes[at++] as number
    let literals = token >>> 4
    if (literals === GOES_ON) {
      let more = 255
      while (more === 255 && at < to) {
        more = bytes[at++] as number
        literals += more
      }
    }
    if (literals > 0) {
      const stop = at + literals
      if (stop > to || out + literals > limit) return -1
      if (literals > LONG_LITERALS || stop > wideUntil) bytes.copy(target.bytes, out, at, stop)
      else copyIn(target.view, out, view, at, literals)
      out += literals
      at = stop
    }
    if (at === to) return out - start
    if (to - at < 2) return -1
    const distance = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
    at += 2
    let length = token & GOES_ON
    if (length === GOES_ON) {
      let more = 255
      while (more === 255 && at < to) {
        more = bytes[at++] as number
        length += more
      }
    }
    length += LEAST_MATCH
    if (distance === 0 || distance > out - start || out + length > limit) return -1
    copyBack(target, out, distance, length)
    out += length
  }
  // A block ends with literals.
  return -1
}
