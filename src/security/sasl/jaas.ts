/** One login module of a JAAS configuration: `<class> <flag> key="value" … ;` */
export interface JaasEntry {
  readonly module: string
  readonly options: ReadonlyMap<string, string>
}

/** What is wrong with a JAAS text; says where, and never what stands there. */
export class JaasError extends Error {
  override readonly name = 'JaasError'
}

const FLAGS: ReadonlySet<string> = new Set(['REQUIRED', 'REQUISITE', 'SUFFICIENT', 'OPTIONAL'])

type Token =
  | { readonly kind: 'word' | 'quoted'; readonly text: string; readonly line: number }
  | { readonly kind: 'mark'; readonly text: string; readonly line: number }

/** The value of a `sasl.jaas.config`: one login module. @throws JaasError */
export function parseJaasConfig(text: string): JaasEntry {
  const tokens = new Tokens(text)
  const entries: JaasEntry[] = []
  while (!tokens.isAtEnd) entries.push(entryOf(tokens))
  const [first] = entries
  if (first === undefined) throw new JaasError('Login module not specified in JAAS config')
  if (entries.length > 1) {
    throw new JaasError(`JAAS config property contains ${entries.length} login modules, should be 1 module`)
  }
  return first
}

/** A JAAS file: sections with login modules, as `-Djava.security.auth.login.config` names one. @throws JaasError */
export function parseJaasFile(text: string): Map<string, readonly JaasEntry[]> {
  const tokens = new Tokens(text)
  const sections = new Map<string, readonly JaasEntry[]>()
  while (!tokens.isAtEnd) {
    const name = tokens.text('the name of a section')
    tokens.mark('{')
    const entries: JaasEntry[] = []
    while (!tokens.has('}')) entries.push(entryOf(tokens))
    tokens.mark('}')
    tokens.mark(';')
    if (sections.has(name)) throw new JaasError(`The section ${name} is there twice in the JAAS file`)
    sections.set(name, entries)
  }
  return sections
}

function entryOf(tokens: Tokens): JaasEntry {
  const module = tokens.text('a login module')
  if (tokens.isAtEnd) throw new JaasError('Login module control flag not specified in JAAS config')
  const flag = tokens.text('a control flag')
  if (!FLAGS.has(flag.toUpperCase())) {
    throw new JaasError('Invalid login module control flag in JAAS config: write required after the login module')
  }
  const options = new Map<string, string>()
  while (!tokens.has(';')) {
    if (tokens.isAtEnd) throw new JaasError('JAAS config entry not terminated by semi-colon')
    const key = tokens.text('the name of an option')
    if (!tokens.has('=')) throw new JaasError(`Value not specified for key '${safeName(key)}' in JAAS config`)
    tokens.mark('=')
    options.set(key, tokens.text(`the value of ${safeName(key)}`))
  }
  tokens.mark(';')
  return { module, options }
}

/** A key may be half of a password whose quotes are wrong. */
function safeName(key: string): string {
  return /^(?:user_[A-Za-z0-9_.-]+|[a-zA-Z]+)$/.test(key) ? key : '…'
}

/** Words, quoted texts and the marks `{ } = ;`, without comments. */
class Tokens {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string) {
    this.#tokens = tokenize(text)
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  has(mark: string): boolean {
    const token = this.#tokens[this.#at]
    return token?.kind === 'mark' && token.text === mark
  }

  mark(mark: string): void {
    if (!this.has(mark)) throw this.#expected(`'${mark}'`)
    this.#at++
  }

  text(what: string): string {
    const token = this.#tokens[this.#at]
    if (token === undefined || token.kind === 'mark') throw this.#expected(what)
    this.#at++
    return token.text
  }

  #expected(what: string): JaasError {
    const token = this.#tokens[this.#at]
    return new JaasError(`JAAS config lacks ${what} ${token === undefined ? 'at its end' : `in line ${token.line}`}`)
  }
}

const TOKEN =
  /(?<blank>\s+)|(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<mark>[{}=;])|(?<quote>["'])|(?<word>[^\s{}=;"']+)/y

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  const pattern = new RegExp(TOKEN)
  let line = 1
  while (pattern.lastIndex < text.length) {
    const start = pattern.lastIndex
    const { mark, quote, word } = pattern.exec(text)?.groups ?? {}
    if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, line })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, line })
    else if (quote !== undefined) {
      const { value, end } = quoted(text, start)
      tokens.push({ kind: 'quoted', text: value, line })
      pattern.lastIndex = end
    }
    line += text.slice(start, pattern.lastIndex).split('\n').length - 1
  }
  return tokens
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', b: '\b' }

/** With the escapes of Java's tokenizer: letters, and octal numbers. */
function quoted(text: string, start: number): { value: string; end: number } {
  const quote = text[start]
  let value = ''
  let at = start + 1
  for (;;) {
    const char = text[at]
    if (char === undefined || char === '\n') throw new JaasError('JAAS config has a quote that is not closed')
    if (char === quote) return { value, end: at + 1 }
    if (char !== '\\') {
      value += char
      at++
      continue
    }
    const octal = /^(?:[0-3][0-7]{0,2}|[4-7][0-7]?)/.exec(text.slice(at + 1, at + 4))?.[0]
    const escaped = text[at + 1] ?? ''
    value += octal === undefined ? (ESCAPES[escaped] ?? escaped) : String.fromCharCode(Number.parseInt(octal, 8))
    at += 1 + (octal ?? escaped).length
  }
}
