/** JSON as it was written: numbers keep their digits and keys their order, which parsing and printing again would lose. */

export type TokenKind = 'key' | 'string' | 'number' | 'word' | 'mark'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
}

const TOKEN = /\s+|"(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*|[{}[\],:]|[^\s"{}[\],:]+/gy

export function isJson(text: string): boolean {
  if (!/^\s*[{["\d\-tfn]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** It begins as JSON does; all that can be said of a part. */
export const beginsAsJson = (text: string): boolean => /^\s*(?:\{\s*(?:"|\})|\[\s*(?:["[{\]\d\-tfn]))/.test(text)

/** Deeper ones stand on one line: indentation would make many times the text of it, and nobody reads it. */
const MOST_LEVELS = 60

/** Indented, in tokens with the white between them. Also of a text that ends in the middle. */
export function pretty(text: string): readonly Token[] {
  const found: Token[] = []
  const raw = text.match(TOKEN)?.filter((token) => token.trim() !== '') ?? []
  let depth = 0
  const line = () => (depth > MOST_LEVELS ? '' : `\n${'  '.repeat(depth)}`)
  for (const [at, token] of raw.entries()) {
    const next = raw[at + 1]
    if (token === '}' || token === ']') {
      depth = Math.max(0, depth - 1)
      const isEmpty = raw[at - 1] === (token === '}' ? '{' : '[')
      found.push({ kind: 'mark', text: isEmpty ? token : `${line()}${token}` })
    } else if (token === '{' || token === '[') {
      depth += 1
      const isEmpty = next === (token === '{' ? '}' : ']')
      found.push({ kind: 'mark', text: isEmpty ? token : `${token}${line()}` })
    } else if (token === ',') found.push({ kind: 'mark', text: `,${line()}` })
    else if (token === ':') found.push({ kind: 'mark', text: ': ' })
    else found.push({ kind: kindOf(token, next), text: token })
  }
  return found
}

function kindOf(token: string, next: string | undefined): TokenKind {
  if (token.startsWith('"')) return next === ':' ? 'key' : 'string'
  return /^-?\d/.test(token) ? 'number' : 'word'
}

export const prettyText = (text: string): string =>
  pretty(text)
    .map((token) => token.text)
    .join('')

/** A decoded value as JSON: whole numbers of any size as their digits, bytes as base64. */
export function stringify(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(String(value))
  if (value instanceof Uint8Array)
    return JSON.stringify(btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join('')))
  if (Array.isArray(value)) return `[${value.map(stringify).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}:${stringify(each)}`)
  return `{${fields.join(',')}}`
}
