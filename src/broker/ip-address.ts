const V4_BYTES = 4
const V6_GROUPS = 8

/** The 4 or 16 bytes of an address; of text that is none, 0.0.0.0. */
export function addressBytes(text: string): Buffer {
  if (!text.includes(':')) {
    const bytes = text.split('.').map(Number)
    return Buffer.from(bytes.length === V4_BYTES && bytes.every((byte) => byte <= 255) ? bytes : [0, 0, 0, 0])
  }
  const [head = '', tail] = (text.split('%')[0] ?? '').split('::')
  const first = groups(head)
  const last = tail === undefined ? [] : groups(tail)
  const gap = new Array<number>(Math.max(0, V6_GROUPS - first.length - last.length)).fill(0)
  const bytes = Buffer.alloc(2 * V6_GROUPS)
  for (const [at, group] of [...first, ...gap, ...last].slice(0, V6_GROUPS).entries()) {
    bytes.writeUInt16BE(group & 0xffff, 2 * at)
  }
  return bytes
}

function groups(text: string): number[] {
  return text.split(':').flatMap((part) => {
    if (part === '') return []
    if (!part.includes('.')) return [Number.parseInt(part, 16) || 0]
    const four = addressBytes(part)
    return [four.readUInt16BE(0), four.readUInt16BE(2)]
  })
}

/** undefined: neither 4 nor 16 bytes. */
export function addressText(bytes: Buffer): string | undefined {
  if (bytes.length === V4_BYTES) return [...bytes].join('.')
  if (bytes.length !== 2 * V6_GROUPS) return undefined
  return Array.from({ length: V6_GROUPS }, (_, at) => bytes.readUInt16BE(2 * at).toString(16)).join(':')
}
