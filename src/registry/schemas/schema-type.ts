import type { SchemaTags, TagChange } from './tags.ts'

/** The schema languages that the registry knows, by the names that clients send. */
export const SCHEMA_TYPES = ['AVRO', 'JSON', 'PROTOBUF'] as const
export type SchemaType = (typeof SCHEMA_TYPES)[number]

/** Another schema that this one needs: `name` is what the text calls it (a type, a `$ref`, an import). */
export interface SchemaReference {
  readonly name: string
  readonly subject: string
  /** -1 is the latest one. */
  readonly version: number
}

/** A referenced schema's text under the name it is referred to by. */
export interface ResolvedReference {
  readonly name: string
  readonly text: string
}

export interface ParseOptions {
  /**
   * Whether somebody registers this schema now. What is stored already is read more mildly, because older registries
   * let more pass: an Avro default that does not fit its type, for instance.
   */
  readonly isNew: boolean
}

/** A text is no schema of its language, or needs what is not there. The message says why, in words for its author. */
export class InvalidSchema extends Error {
  override readonly name = 'InvalidSchema'
}

/** What messages call the schema that reads and the one that wrote. */
export interface RoleNames {
  readonly reader: string
  readonly writer: string
}

export const NEW_READS_OLD: RoleNames = { reader: 'new', writer: 'old' }
export const OLD_READS_NEW: RoleNames = { reader: 'old', writer: 'new' }

export interface ParsedSchema {
  readonly type: SchemaType
  /** The text to store and give out: one form for texts that differ only in white space. */
  readonly canonical: string
  /** The full name of the record or (first) message; JSON Schema: the title. */
  readonly name: string | undefined
  /** Whether the record, the object or one of the file's messages has a field of this name. */
  hasTopField(name: string): boolean
  /** All referenced texts that it was parsed with, each after those that it needs itself. */
  readonly references: readonly ResolvedReference[]
  /** The text to store where `normalize=true` was asked: also one form for texts that say the same differently. */
  normalized(): string
  /**
   * The text in another format: Avro `resolved` (references written out), Protobuf `serialized` (base64 of the
   * FileDescriptorProto) and `ignore_extensions`. An empty or unknown format gives the canonical text, as Confluent does.
   */
  formatted(format: string): string
  /** The tags that stand in the text itself. */
  tagged(): readonly SchemaTags[]
  /** The canonical text with other tags. @throws InvalidSchema */
  withTags(change: TagChange): string
  /** Whether both are the same schema, references aside; finer differences than meaning (docs, aliases) count. */
  equivalent(other: ParsedSchema): boolean
  /**
   * Why this schema cannot read what `older` wrote; empty where it can. The lines read as Confluent's do and call the
   * two schemas by `names`: a check whether an old schema reads new data swaps them.
   */
  backwardProblems(older: ParsedSchema, names?: RoleNames): readonly string[]
}

export interface SchemaLanguage {
  readonly type: SchemaType
  /** Throws {@link InvalidSchema}. `references` come as {@link resolveReferences} gives them: whole, deepest first. */
  parse(text: string, references: readonly ResolvedReference[], options?: ParseOptions): ParsedSchema
}

/** Turns JSON into the bytes of one schema, without a frame. Throws {@link UnwritableData}. Only who looks at records reads them. */
export type SchemaEncoder = (json: string) => Buffer

/** JSON that does not fit the schema. */
export class UnwritableData extends Error {
  override readonly name = 'UnwritableData'
}
