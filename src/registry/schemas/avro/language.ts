import { avroMessages } from '../../compatibility/avro/messages.ts'
import { readJson, writeJson } from '../json-tree.ts'
import {
  InvalidSchema,
  NEW_READS_OLD,
  type ParsedSchema,
  type ParseOptions,
  type ResolvedReference,
  type RoleNames,
  type SchemaLanguage,
} from '../schema-type.ts'
import { changeTags, type SchemaTags, type TagChange } from '../tags.ts'
import { AvroReader } from './parse.ts'
import { canonicalForm, normalForm } from './print.ts'
import { avroTags, findAvroEntity } from './tags.ts'
import { type AvroType, isNamed } from './types.ts'

export class AvroSchema implements ParsedSchema {
  readonly type = 'AVRO'
  readonly canonical: string
  readonly references: readonly ResolvedReference[]
  readonly root: AvroType
  /** Full names that the references declare, and that this text therefore only mentions. */
  readonly #declared: readonly string[]

  constructor(root: AvroType, references: readonly ResolvedReference[], declared: readonly string[]) {
    this.root = root
    this.references = references
    this.#declared = declared
    this.canonical = canonicalForm(root, declared)
  }

  get name(): string | undefined {
    return this.root.kind === 'record' ? this.root.name.full : undefined
  }

  hasTopField(name: string): boolean {
    return this.root.kind === 'record' && this.root.fields.some((field) => field.name === name)
  }

  normalized(): string {
    return normalForm(this.root, this.#declared)
  }

  formatted(format: string): string {
    return format === 'resolved' ? canonicalForm(this.root) : this.canonical
  }

  tagged(): readonly SchemaTags[] {
    return avroTags(this.root)
  }

  withTags(change: TagChange): string {
    return writeJson(changeTags(readJson(this.canonical), change, findAvroEntity))
  }

  equivalent(other: ParsedSchema): boolean {
    if (!(other instanceof AvroSchema)) return false
    return this.canonical === other.canonical || normalForm(this.root) === normalForm(other.root)
  }

  backwardProblems(older: ParsedSchema, names: RoleNames = NEW_READS_OLD): readonly string[] {
    if (!(older instanceof AvroSchema)) return ['Incompatible because of different schema type']
    return avroMessages(this.root, older.root, names)
  }
}

function parse(text: string, references: readonly ResolvedReference[], options?: ParseOptions): AvroSchema {
  const reader = new AvroReader(options?.isNew ?? false)
  try {
    const declared = references.flatMap((reference) => {
      const type = reader.read(reference.text)
      return isNamed(type) ? [type.name.full] : []
    })
    return new AvroSchema(reader.read(text), references, declared)
  } catch (error) {
    if (error instanceof RangeError) throw new InvalidSchema('The schema is nested too deeply')
    throw error
  }
}

export const AVRO: SchemaLanguage = { type: 'AVRO', parse }
