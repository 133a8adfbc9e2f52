/** What a repeated pattern shorter than eight bytes is seen as: the same pattern several times. */
const WIDENED = [0, 8, 8, 9, 8, 10, 12, 14]
const LONG = 256
/** Literals from this length on are copied by the runtime. */
export const LONG_LITERALS = 64

/** The same memory twice: by bytes, and by words. */
export interface Wide {
  readonly bytes: Buffer
  readonly view: DataView
}

export function wide(bytes: Buffer): Wide {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) }
}

/**
 * Copies `length` bytes, eight at a time: reads and writes up to seven bytes beyond them, which must be there. No loop over single
 * bytes comes near.
 */
export function copyIn(target: DataView, to: number, source: DataView, from: number, length: number): void {
  const stop = to + length
  for (let at = to, s = from; at < stop; at += 8, s += 8) {
    target.setUint32(at, source.getUint32(s, true), true)
    target.setUint32(at + 4, source.getUint32(s + 4, true), true)
  }
}

/**
 * Repeats what lies `distance` bytes back until `length` bytes are written: a distance shorter than the length repeats a
 * pattern. Writes up to seven bytes more.
 */
export function copyBack({ bytes, view }: Wide, to: number, distance: number, length: number): void {
  const stop = to + length
  let at = to
  let back = distance
  if (distance < 8) {
    const widened = Math.min(stop, to + 8)
    for (; at < widened; at++) bytes[at] = bytes[at - distance] as number
    back = WIDENED[distance] as number
  } else if (length >= LONG && distance >= length) {
    bytes.copyWithin(to, to - distance, to - distance + length)
    return
  }
  for (; at < stop; at += 8) {
    view.setUint32(at, view.getUint32(at - back, true), true)
    view.setUint32(at + 4, view.getUint32(at - back + 4, true), true)
  }
}
