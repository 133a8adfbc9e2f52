import type { SchemaContent } from './entities.ts'
import { guidOf } from './hash.ts'
import { resolveReferences } from './schemas/references.ts'
import type { ParsedSchema, SchemaLanguage, SchemaType } from './schemas/schema-type.ts'
import type { RegistryState } from './state.ts'
import { contextOf, relativeTo } from './subjects.ts'

/** A language is not loaded yet: load it and begin again. */
export class LanguageMissing extends Error {
  override readonly name = 'LanguageMissing'
  readonly type: SchemaType

  constructor(type: SchemaType) {
    super(`the language ${type} is not loaded`)
    this.type = type
  }
}

const MAX_PARSED = 500
/** Of all texts together that are kept parsed. */
const MAX_CHARACTERS = 8 * 1024 * 1024

/** Parses schemas with what they refer to, and keeps those that were parsed last. */
export class SchemaParser {
  readonly #load: (type: SchemaType) => Promise<SchemaLanguage>
  readonly #languages = new Map<SchemaType, SchemaLanguage>()
  /** Least recently used first. */
  readonly #parsed = new Map<string, ParsedSchema>()
  #characters = 0
  #epoch = 0

  constructor(load: (type: SchemaType) => Promise<SchemaLanguage>) {
    this.#load = load
  }

  /** Runs what parses, again and again where a language had to be loaded first: it may have no effects before it has parsed all. */
  async withLanguages<T>(run: () => T): Promise<T> {
    for (;;) {
      try {
        return run()
      } catch (error) {
        if (!(error instanceof LanguageMissing)) throw error
        this.#languages.set(error.type, await this.#load(error.type))
      }
    }
  }

  /** @throws InvalidSchema, LanguageMissing */
  parse(state: RegistryState, subject: string, content: SchemaContent, isNew = false): ParsedSchema {
    if (this.#epoch !== state.epoch) {
      this.#epoch = state.epoch
      this.#parsed.clear()
      this.#characters = 0
    }
    const { schemaType, schema, references } = content
    const language = this.#languages.get(schemaType)
    if (language === undefined) throw new LanguageMissing(schemaType)
    const isSettled = references.every(({ version }) => version > 0)
    const key = `${schemaType} ${isNew} ${guidOf({ schema, references })} ${contextOf(subject)}`
    const known = this.#parsed.get(key)
    if (known !== undefined) {
      this.#parsed.delete(key)
      this.#parsed.set(key, known)
      return known
    }
    const parsed = language.parse(schema, resolveReferences(references, finderFor(state, subject, isNew)), { isNew })
    if (isSettled) this.#keep(key, parsed)
    return parsed
  }

  #keep(key: string, parsed: ParsedSchema): void {
    this.#parsed.set(key, parsed)
    this.#characters += sizeOf(parsed)
    for (const [oldest, schema] of this.#parsed) {
      if (this.#parsed.size <= MAX_PARSED && this.#characters <= MAX_CHARACTERS) break
      this.#parsed.delete(oldest)
      this.#characters -= sizeOf(schema)
    }
  }
}

function sizeOf({ canonical, references }: ParsedSchema): number {
  return references.reduce((sum, { text }) => sum + text.length, canonical.length)
}

/** References count in the context of who refers. Who is new may not refer to what was deleted softly; others go on reading it. */
function finderFor(state: RegistryState, subject: string, isNew: boolean) {
  return (name: string, version: number) => {
    const full = relativeTo(subject, name)
    const found = version === -1 ? state.latest(full) : state.version(full, version)
    if (found === undefined || (isNew && found.deleted)) return undefined
    const references = found.references.map((reference) => ({
      ...reference,
      subject: relativeTo(full, reference.subject),
    }))
    return { text: found.schema, references }
  }
}
