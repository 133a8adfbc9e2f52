import { InvalidSchema } from '../schema-type.ts'

export type TokenKind = 'word' | 'number' | 'string' | 'symbol' | 'end'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly line: number
}

const MAX_TEXT = 4 * 1024 * 1024
const SPACE = /(?:[ \t\r\n\f\v\uFEFF]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?[fF]?/y
const STRING = /"((?:[^"\\\n]|\\[\s\S])*)"|'((?:[^'\\\n]|\\[\s\S])*)'/y
const SYMBOL = /[{}[\]()<>=;,.:/+-]/y
const ESCAPE = /\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g
const LETTERS: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** The tokens of a `.proto` file, comments left out. */
export function tokensOf(text: string): Token[] {
  if (text.length > MAX_TEXT) throw new InvalidSchema(`The schema is larger than ${MAX_TEXT} characters`)
  const tokens: Token[] = []
  let [at, line] = [0, 1]
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(text)
  }
  const skip = (length: number): void => {
    for (let end = at + length; at < end; at += 1) if (text[at] === '\n') line += 1
  }
  for (;;) {
    skip(match(SPACE)?.[0].length ?? 0)
    if (at >= text.length) return [...tokens, { kind: 'end', text: 'end of file', line }]
    const string = match(STRING)
    if (string) {
      tokens.push({ kind: 'string', text: unescaped(string[1] ?? string[2] ?? ''), line })
      skip(string[0].length)
      continue
    }
    const [kind, found] = firstOf(match)
    if (found === undefined) {
      throw new InvalidSchema(`Syntax error at line ${line}: unexpected ${JSON.stringify(text.slice(at, at + 10))}`)
    }
    tokens.push({ kind, text: found, line })
    at += found.length
  }
}

function firstOf(match: (pattern: RegExp) => RegExpExecArray | null): readonly [TokenKind, string | undefined] {
  const word = match(WORD)
  if (word) return ['word', word[0]]
  const number = match(NUMBER)
  if (number) return ['number', number[0]]
  return ['symbol', match(SYMBOL)?.[0]]
}

/** Escapes say bytes: those that make no UTF-8 together stay single characters. */
function unescaped(body: string): string {
  if (!body.includes('\\')) return body
  const parts: Buffer[] = []
  let from = 0
  for (const found of body.matchAll(ESCAPE)) {
    const [whole, octal, hex, short, long, letter = ''] = found
    parts.push(Buffer.from(body.slice(from, found.index)))
    from = found.index + whole.length
    if (octal !== undefined) parts.push(Buffer.from([Number.parseInt(octal, 8) & 0xff]))
    else if (hex !== undefined) parts.push(Buffer.from([Number.parseInt(hex, 16)]))
    else if (short !== undefined || long !== undefined) parts.push(Buffer.from(character(short ?? long ?? '')))
    else parts.push(Buffer.from(LETTERS[letter] ?? letter))
  }
  const bytes = Buffer.concat([...parts, Buffer.from(body.slice(from))])
  const text = bytes.toString('utf8')
  return text.includes('\uFFFD') ? bytes.toString('latin1') : text
}

function character(hex: string): string {
  const code = Number.parseInt(hex, 16)
  if (code > 0x10ffff) throw new InvalidSchema(`Syntax error: no character has the number ${hex}`)
  return String.fromCodePoint(code)
}
