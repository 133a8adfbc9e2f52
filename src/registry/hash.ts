import { createHash, type Hash } from 'node:crypto'
import type { Metadata, Rule, RuleSet, SchemaContent } from './entities.ts'

/**
 * What newer clients put into records instead of an id: the MD5 of a schema with all that belongs to it, written as a UUID.
 * The bytes that are hashed are Confluent's, so that a schema has the same GUID everywhere.
 */
export function guidOf({ schema, references, metadata, ruleSet }: Omit<SchemaContent, 'schemaType'>): string {
  const hash = createHash('md5').update(schema)
  for (const { name, subject, version } of references) {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(version)
    hash.update(name).update(subject).update(bytes)
  }
  if (metadata !== undefined) addMetadata(hash, metadata)
  if (ruleSet !== undefined) addRules(hash, ruleSet)
  return guidText(hash.digest('hex'))
}

export function guidText(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Tells what is there from what is not. */
const PRESENT = Buffer.of(1)

function addMetadata(hash: Hash, { tags, properties, sensitive }: Metadata): void {
  hash.update(PRESENT)
  for (const [name, values] of Object.entries(tags ?? {})) addAll(hash, [name, ...values])
  addAll(hash, Object.entries(properties ?? {}).flat())
  addAll(hash, sensitive ?? [])
}

function addRules(hash: Hash, { migrationRules, domainRules, encodingRules, enableAt }: RuleSet): void {
  hash.update(PRESENT)
  for (const rules of [migrationRules, domainRules, encodingRules]) for (const rule of rules ?? []) addRule(hash, rule)
  addAll(hash, [enableAt])
}

function addRule(hash: Hash, rule: Rule): void {
  addAll(hash, [rule.name, rule.doc, rule.kind, rule.mode, rule.type, ...(rule.tags ?? [])])
  addAll(hash, [...Object.entries(rule.params ?? {}).flat(), rule.expr, rule.onSuccess, rule.onFailure])
  if (rule.disabled) hash.update(PRESENT)
}

function addAll(hash: Hash, texts: readonly (string | undefined)[]): void {
  for (const text of texts) if (text !== undefined) hash.update(text)
}
