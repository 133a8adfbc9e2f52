import { RE2JS } from 're2js'

/** Characters of names that one comparison holds against patterns: a second or two; schemas made by people need thousands. */
const MAX_CHARACTERS = 20_000_000
/** What a match costs besides, in characters. */
const MATCH = 8

export class TooComplex extends Error {
  override readonly name = 'TooComplex'

  constructor() {
    super('The schemas are too complex to compare')
  }
}

/** The patterns of both schemas of a comparison, each compiled once: a thousand names may be held against each. */
export class Patterns {
  readonly #compiled = new Map<string, RE2JS | undefined>()
  #characters = 0

  /** In linear time whatever the pattern; one that only backtracking could match matches nothing. */
  matches(pattern: string, name: string): boolean {
    this.#characters += MATCH + name.length
    if (this.#characters > MAX_CHARACTERS) throw new TooComplex()
    return this.#of(pattern)?.matcher(name).find() ?? false
  }

  #of(pattern: string): RE2JS | undefined {
    if (this.#compiled.has(pattern)) return this.#compiled.get(pattern)
    const compiled = compile(pattern)
    this.#compiled.set(pattern, compiled)
    return compiled
  }
}

function compile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern)
  } catch {
    return undefined
  }
}
