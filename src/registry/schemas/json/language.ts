import { jsonMessages } from '../../compatibility/json/messages.ts'
import { decimalText, type JsonTree, readJson, writeJson } from '../json-tree.ts'
import {
  InvalidSchema,
  NEW_READS_OLD,
  type ParsedSchema,
  type ResolvedReference,
  type RoleNames,
  type SchemaLanguage,
} from '../schema-type.ts'
import { changeTags, type SchemaTags, type TagChange } from '../tags.ts'
import { Documents } from './documents.ts'
import { checkAll, RuleLoader } from './load.ts'
import { checkKeywords } from './metaschema.ts'
import { draftOf, type Rule } from './rules.ts'
import { findJsonEntity, jsonTags } from './tags.ts'

export class JsonSchema implements ParsedSchema {
  readonly type = 'JSON'
  readonly canonical: string
  readonly name: string | undefined
  readonly references: readonly ResolvedReference[]
  readonly rule: Rule
  readonly #tree: JsonTree

  constructor(tree: JsonTree, rule: Rule, references: readonly ResolvedReference[]) {
    this.#tree = tree
    this.rule = rule
    this.references = references
    this.canonical = writeJson(tree, { number: decimalText })
    const title = tree instanceof Map ? tree.get('title') : undefined
    this.name = typeof title === 'string' ? title : undefined
  }

  hasTopField(name: string): boolean {
    const properties = this.#tree instanceof Map ? this.#tree.get('properties') : undefined
    return properties instanceof Map && properties.has(name)
  }

  /** The same with all names sorted; lists stay as they are. */
  normalized(): string {
    return writeJson(this.#tree, { sorted: true, number: decimalText })
  }

  formatted(_format: string): string {
    return this.canonical
  }

  tagged(): readonly SchemaTags[] {
    return jsonTags(this.#tree, draftOf(this.#tree))
  }

  withTags(change: TagChange): string {
    const draft = draftOf(this.#tree)
    const tree = changeTags(readJson(this.canonical), change, (root, entity) => findJsonEntity(root, entity, draft))
    return writeJson(tree, { number: decimalText })
  }

  equivalent(other: ParsedSchema): boolean {
    return other instanceof JsonSchema && this.normalized() === other.normalized()
  }

  backwardProblems(older: ParsedSchema, names: RoleNames = NEW_READS_OLD): readonly string[] {
    if (!(older instanceof JsonSchema)) return ['Incompatible because of different schema type']
    return jsonMessages(older.rule, this.rule, names)
  }
}

function parse(text: string, references: readonly ResolvedReference[]): JsonSchema {
  const tree = readJson(text)
  checkKeywords(tree, draftOf(tree))
  try {
    const rule = new RuleLoader(new Documents(tree, references)).root()
    checkAll(rule)
    return new JsonSchema(tree, rule, references)
  } catch (error) {
    if (error instanceof RangeError) throw new InvalidSchema('The schema is nested too deeply')
    throw error
  }
}

export const JSON_SCHEMA: SchemaLanguage = { type: 'JSON', parse }
