import { InvalidSchema } from './schema-type.ts'

/** A number as it was written, so that nothing is lost between a text and its canonical form. */
export class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  get value(): number {
    return Number(this.text)
  }

  get isInteger(): boolean {
    return /^-?\d+$/.test(this.text)
  }
}

/**
 * JSON as schemas need it: names keep their order whatever they look like, numbers their digits, and objects are Maps,
 * so that no name in a stranger's text means anything to JavaScript.
 */
export type JsonTree = null | boolean | string | JsonNumber | JsonTree[] | JsonObject
export type JsonObject = Map<string, JsonTree>

const MAX_TEXT = 4 * 1024 * 1024
/** Far below where recursion over a tree would exhaust the stack. */
const MAX_DEPTH = 200
const SPACE = /[ \t\r\n]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
/** What stands between the quotes is judged by JSON.parse. */
const STRING = /"(?:[^"\\]|\\[\s\S])*"/y
const LITERALS: readonly (readonly [string, JsonTree])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
]

export function isObject(tree: JsonTree | undefined): tree is JsonObject {
  return tree instanceof Map
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): JsonTree {
    const tree = this.#value(0)
    this.#skipSpace()
    if (this.#at < this.#text.length) throw this.#unexpected()
    return tree
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#at
    SPACE.test(this.#text)
    this.#at = SPACE.lastIndex
  }

  #unexpected(): InvalidSchema {
    if (this.#at >= this.#text.length) return new InvalidSchema('Unexpected end of JSON')
    const before = this.#text.slice(0, this.#at).split('\n')
    const column = (before.at(-1)?.length ?? 0) + 1
    const found = JSON.stringify(this.#text.slice(this.#at, this.#at + 10))
    return new InvalidSchema(`Invalid JSON: unexpected ${found} at line ${before.length}, column ${column}`)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #take(mark: string): boolean {
    this.#skipSpace()
    if (this.#text[this.#at] !== mark) return false
    this.#at += 1
    return true
  }

  #value(depth: number): JsonTree {
    if (depth > MAX_DEPTH) throw new InvalidSchema(`JSON is nested deeper than ${MAX_DEPTH}`)
    if (this.#take('{')) return this.#object(depth)
    if (this.#take('[')) return this.#array(depth)
    const string = this.#string()
    if (string !== undefined) return string
    const number = this.#match(NUMBER)
    if (number !== undefined) return new JsonNumber(number)
    for (const [name, value] of LITERALS) {
      if (!this.#text.startsWith(name, this.#at)) continue
      this.#at += name.length
      return value
    }
    throw this.#unexpected()
  }

  #string(): string | undefined {
    if (this.#text[this.#at] !== '"') return undefined
    const found = this.#match(STRING)
    if (found === undefined) throw this.#unexpected()
    try {
      return String(JSON.parse(found))
    } catch {
      throw new InvalidSchema(`Invalid JSON: ${found.slice(0, 40)} is no string`)
    }
  }

  #array(depth: number): JsonTree[] {
    const items: JsonTree[] = []
    if (this.#take(']')) return items
    do items.push(this.#value(depth + 1))
    while (this.#take(','))
    if (!this.#take(']')) throw this.#unexpected()
    return items
  }

  #object(depth: number): JsonObject {
    const members: JsonObject = new Map()
    if (this.#take('}')) return members
    do {
      this.#skipSpace()
      const name = this.#string()
      if (name === undefined || !this.#take(':')) throw this.#unexpected()
      members.set(name, this.#value(depth + 1))
    } while (this.#take(','))
    if (!this.#take('}')) throw this.#unexpected()
    return members
  }
}

export function readJson(text: string): JsonTree {
  if (text.length > MAX_TEXT) throw new InvalidSchema(`The schema is larger than ${MAX_TEXT} characters`)
  return new Reader(text).whole()
}

/** A JSON string as Jackson writes it: control characters by capital hex digits, everything else as it is. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(/\\u00([01][0-9a-f])/g, (_, hex: string) => `\\u00${hex.toUpperCase()}`)
}

/** A number with a point or an exponent as Java prints a double; whole ones as they were written. */
export function javaNumber(number: JsonNumber): string {
  if (number.isInteger) return number.text === '-0' ? '0' : number.text
  return javaDouble(number.value)
}

export function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '"Infinity"' : value < 0 ? '"-Infinity"' : '"NaN"'
  const size = Math.abs(value)
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  if (size >= 1e-3 && size < 1e7) {
    const plain = String(value)
    return plain.includes('.') ? plain : `${plain}.0`
  }
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
}

/** A number as Java prints a decimal: no digit is lost, and very small ones have an exponent. */
export function decimalText(number: JsonNumber): string {
  if (number.isInteger) return javaNumber(number)
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number.text) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+(?=\d)/, '')
  const scale = fraction.length - Number(exponent)
  const magnitude = digits.length - 1 - scale
  const minus = /[1-9]/.test(digits) ? sign : ''
  if (scale < 0 || magnitude < -6) {
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : ''
    const power = magnitude === 0 ? '' : `E${magnitude < 0 ? '' : '+'}${magnitude}`
    return `${minus}${digits.charAt(0)}${rest}${power}`
  }
  if (scale === 0) return `${minus}${digits}`
  const padded = digits.padStart(scale + 1, '0')
  return `${minus}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}

export interface WriteOptions {
  /** Names in code unit order instead of the order that they came in. */
  readonly sorted?: boolean
  readonly number?: (number: JsonNumber) => string
}

/** The tree without white space. */
export function writeJson(tree: JsonTree, options: WriteOptions = {}): string {
  if (tree === null || typeof tree === 'boolean') return String(tree)
  if (typeof tree === 'string') return quoted(tree)
  if (tree instanceof JsonNumber) return (options.number ?? javaNumber)(tree)
  if (Array.isArray(tree)) return `[${tree.map((item) => writeJson(item, options)).join(',')}]`
  const names = options.sorted ? [...tree.keys()].sort(byCodeUnit) : [...tree.keys()]
  return `{${names.map((name) => `${quoted(name)}:${writeJson(tree.get(name) ?? null, options)}`).join(',')}}`
}

export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
