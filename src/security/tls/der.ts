/** A value in DER: what keys, certificates and stores are written in. */
export interface Der {
  readonly tag: number
  readonly body: Buffer
  /** With tag and length. */
  readonly whole: Buffer
}

export const Tag = {
  INTEGER: 0x02,
  OCTET_STRING: 0x04,
  OID: 0x06,
  SEQUENCE: 0x30,
  SET: 0x31,
  /** `[0]`, explicit or constructed. */
  CONTEXT_0: 0xa0,
  /** `[0]` in place of a primitive. */
  PRIMITIVE_0: 0x80,
} as const

export class DerError extends Error {
  override readonly name = 'DerError'
}

const LONG_LENGTH = 0x80
const LARGE_TAG = 0x1f
const MOST_LENGTH_BYTES = 4

/** @throws DerError where the bytes are not one value, or one that does not fit them */
export function readDer(bytes: Buffer, at = 0): Der {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined) throw new DerError('a value is cut off')
  if ((tag & LARGE_TAG) === LARGE_TAG) throw new DerError(`tag ${tag} is not known here`)
  let from = at + 2
  let length = first
  if (first >= LONG_LENGTH) {
    const count = first - LONG_LENGTH
    if (count === 0 || count > MOST_LENGTH_BYTES || from + count > bytes.length) {
      throw new DerError('the length of a value is none of DER')
    }
    length = bytes.readUIntBE(from, count)
    from += count
  }
  if (from + length > bytes.length) throw new DerError('a value is longer than what holds it')
  return { tag, body: bytes.subarray(from, from + length), whole: bytes.subarray(at, from + length) }
}

/** The values inside a constructed one. */
export function childrenOf(der: Der): Der[] {
  const children: Der[] = []
  for (let at = 0; at < der.body.length; ) {
    const child = readDer(der.body, at)
    children.push(child)
    at += child.whole.length
  }
  return children
}

/** A child that must be there. */
export function childOf(der: Der, index: number, tag?: number): Der {
  const child = childrenOf(der)[index]
  if (child === undefined || (tag !== undefined && child.tag !== tag))
    throw new DerError('a value is not where it should be')
  return child
}

export function integerOf({ tag, body }: Der): number {
  if (tag !== Tag.INTEGER || body.length === 0 || body.length > MOST_LENGTH_BYTES)
    throw new DerError('a number is none')
  return body.readIntBE(0, body.length)
}

/** In dots. */
export function oidOf({ tag, body }: Der): string {
  if (tag !== Tag.OID || body.length === 0) throw new DerError('an object identifier is none')
  const arcs: number[] = []
  let arc = 0
  for (const byte of body) {
    arc = arc * 128 + (byte & 0x7f)
    if (byte & 0x80) continue
    if (arcs.length === 0) {
      const top = Math.min(Math.floor(arc / 40), 2)
      arcs.push(top, arc - top * 40)
    } else arcs.push(arc)
    arc = 0
  }
  return arcs.join('.')
}

/** UTF-16 in big-endian order. */
export function utf16be(bytes: Buffer): string {
  return Buffer.from(bytes.subarray(0, bytes.length & ~1))
    .swap16()
    .toString('utf16le')
}

export function toUtf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}
