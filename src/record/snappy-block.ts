import { copyBack, copyIn, LONG_LITERALS, type Wide } from './wide-copy.ts'

const LITERAL = 0
const NEAR = 1
const FAR = 2

/**
 * Decodes one raw snappy block without its length, from `source` [from, to), to `target` at `start`; true where exactly `length`
 * bytes came out. `target` has 8 bytes more. Matches reach back to `start` at most.
 */
export function decodeSnappyBlock(
  source: Wide,
  from: number,
  to: number,
  target: Wide,
  start: number,
  length: number,
): boolean {
  const { bytes, view } = source
  const wideUntil = bytes.length - 8
  const limit = start + length
  let at = from
  let out = start
  while (at < to) {
    const tag = bytes[at++] as number
    const kind = tag & 3
    if (kind === LITERAL) {
      let literals = (tag >>> 2) + 1
      if (literals > 60) {
        const width = literals - 60
        if (to - at < width) return false
        literals = bytes.readUIntLE(at, width) + 1
        at += width
      }
      const stop = at + literals
      if (stop > to || out + literals > limit) return false
      if (literals > LONG_LITERALS || stop > wideUntil) bytes.copy(target.bytes, out, at, stop)
      else copyIn(target.view, out, view, at, literals)
      out += literals
      at = stop
      continue
    }
    let distance = 0
    let size = (tag >>> 2) + 1
    if (kind === NEAR) {
      if (at === to) return false
      size = ((tag >>> 2) & 7) + 4
      distance = ((tag >>> 5) << 8) | (bytes[at++] as number)
    } else if (kind === FAR) {
      if (to - at < 2) return false
      distance = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
      at += 2
    } else {
      if (to - at < 4) return false
      distance = bytes.readUInt32LE(at)
      at += 4
    }
    if (distance === 0 || distance > out - start || out + size > limit) return false
    copyBack(target, out, distance, size)
    out += size
  }
  return out === limit
}
