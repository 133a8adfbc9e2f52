/** Bytes as text that can be trusted to show what is there, and nothing else. */

export function bytesOf(base64: string): Uint8Array {
  const text = atob(base64)
  const found = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at += 1) found[at] = text.charCodeAt(at)
  return found
}

export function base64Of(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

/** Undefined where it is no UTF-8. Of a cut text the last character may be missing. */
export function utf8(bytes: Uint8Array, cut: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: cut })
  } catch {
    return undefined
  }
}

/** With U+FFFD where it is no UTF-8. */
export function loose(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** `00 01 ff…`, on one line. */
export function hexLine(bytes: Uint8Array, most = 64): string {
  const shown = Array.from(bytes.subarray(0, most), (byte) => HEX[byte]).join(' ')
  return bytes.length > most ? `${shown}…` : shown
}

/** As `xxd` writes it. */
export function hexDump(bytes: Uint8Array): string {
  const lines = []
  for (let at = 0; at < bytes.length; at += 16) {
    const part = bytes.subarray(at, at + 16)
    const hex = Array.from(part, (byte, index) => HEX[byte] + (index === 7 ? ' ' : '')).join(' ')
    const text = Array.from(part, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('')
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(49)}  ${text}`)
  }
  return lines.join('\n')
}

/** Big endian and signed, as Kafka's own serializers write them. */
export function integerOf(bytes: Uint8Array): bigint | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length === 8) return view.getBigInt64(0)
  if (bytes.length === 4) return BigInt(view.getInt32(0))
  if (bytes.length === 2) return BigInt(view.getInt16(0))
  return bytes.length === 1 ? BigInt(view.getInt8(0)) : undefined
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are looked for
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/
export const hasControls = (text: string): boolean => CONTROLS.test(text)

/**
 * What does not show, or shows something else as what it is: controls, marks that turn the direction of text around, spaces
 * without width, joiners, tags, and halves of pairs.
 */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are looked for
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each by itself
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff]|[\u{e0000}-\u{e0fff}]/u

export interface Piece {
  readonly text: string
  /** It stands for a character that can not be seen: its name. */
  readonly name?: string
}

/** Text in pieces, in which what can not be seen is written out: `‹U+202E›`; a NUL is `␀`. */
export function pieces(text: string): readonly Piece[] {
  if (!UNSEEN.test(text)) return [{ text }]
  const found: Piece[] = []
  let plain = ''
  for (const character of text) {
    if (!UNSEEN.test(character)) {
      plain += character
      continue
    }
    if (plain !== '') found.push({ text: plain })
    plain = ''
    const code = character.codePointAt(0) ?? 0
    const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
    found.push({ text: code < 0x20 ? String.fromCharCode(0x2400 + code) : `‹${name}›`, name })
  }
  if (plain !== '') found.push({ text: plain })
  return found
}

/** The same as one string. */
export const visible = (text: string): string =>
  pieces(text)
    .map((piece) => piece.text)
    .join('')

/** On one line, and no longer than a cell has use for. */
export function preview(text: string, most = 400): string {
  return visible(text.slice(0, most).replace(/\s*\n\s*/g, ' '))
}
