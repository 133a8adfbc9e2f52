import { InvalidSchema } from '../schema-type.ts'
import { type Token, tokensOf } from './tokens.ts'

/** Deeper nesting than people write; a parser that descends must stop somewhere. */
const MAX_DEPTH = 64
/** A name is looked for in each of the scopes around it. */
const MAX_PARTS = 1_000

/** Walks over the tokens of a file. */
export class Cursor {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#tokens = tokensOf(text)
  }

  get token(): Token {
    return this.peek(0)
  }

  peek(ahead: number): Token {
    const token = this.#tokens[this.#at + ahead] ?? this.#tokens.at(-1)
    return token ?? { kind: 'end', text: 'end of file', line: 0 }
  }

  next(): Token {
    const { token } = this
    this.#at += 1
    return token
  }

  fail(message: string): InvalidSchema {
    return new InvalidSchema(`Syntax error at line ${this.token.line}: ${message}`)
  }

  is(text: string): boolean {
    const { kind } = this.token
    return this.token.text === text && (kind === 'symbol' || kind === 'word')
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false
    this.#at += 1
    return true
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.fail(`expected '${text}' and found '${this.token.text}'`)
  }

  word(): string {
    if (this.token.kind !== 'word') throw this.fail(`expected a name and found '${this.token.text}'`)
    return this.next().text
  }

  /** A name with dots, which may also begin with one. */
  path(): string {
    let path = this.accept('.') ? '.' : ''
    path += this.word()
    let parts = 1
    while (this.accept('.')) {
      parts += 1
      if (parts > MAX_PARTS) throw this.fail(`a name of more than ${MAX_PARTS} parts`)
      path += `.${this.word()}`
    }
    return path
  }

  /** Neighbouring strings are one. */
  string(): string {
    if (this.token.kind !== 'string') throw this.fail(`expected a string and found '${this.token.text}'`)
    let text = ''
    while (this.token.kind === 'string') text += this.next().text
    return text
  }

  integer(): number {
    const sign = this.accept('-') ? -1 : 1
    const { kind, text } = this.token
    const value = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text)
    if (kind !== 'number' || !Number.isSafeInteger(value)) throw this.fail(`expected a number and found '${text}'`)
    this.#at += 1
    return sign * value
  }

  /** What stands between braces, one statement after the other. */
  block(statement: () => void, close = '}'): void {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw this.fail(`nested deeper than ${MAX_DEPTH}`)
    while (!this.accept(close)) {
      if (this.token.kind === 'end') throw this.fail(`expected '${close}' and found the end of the file`)
      statement()
    }
    this.#depth -= 1
  }

  /** One or more with commas between. */
  list(item: () => void): void {
    do item()
    while (this.accept(','))
  }
}
