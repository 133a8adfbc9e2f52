import type { RuleSet, SchemaContent, SchemaRequest, StoredSchema, TagRequest } from './entities.ts'
import { invalidRules } from './errors.ts'
import { isBlank, type Knowledge, readable } from './lookup.ts'
import { checkRules, mergeRules, withConfluentVersion } from './rules.ts'
import type { SchemaTags, TagChange } from './schemas/tags.ts'
import type { RegistryState } from './state.ts'

/** Whether a registration changes the text that it sends. */
export function changesTags({ schemaTagsToAdd, schemaTagsToRemove, propagateSchemaTags }: SchemaRequest): boolean {
  return isSome(schemaTagsToAdd) || isSome(schemaTagsToRemove) || propagateSchemaTags === true
}

const isSome = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0

/** The request with the tags that it asks for in its text. @throws RegistryError 42201 */
export function requestWithTags(knowledge: Knowledge, subject: string, request: SchemaRequest): SchemaRequest {
  const { schema, schemaTagsToAdd: add = [], schemaTagsToRemove: remove = [], version } = request
  if (isBlank(schema) || (!isSome(add) && !isSome(remove))) return request
  const text = retagged(knowledge, subject, { ...request, schema }, { add, remove })
  // The same text may come back: only a version of its own is sure to be registered.
  return { ...request, schema: text, version: version === 0 ? -1 : version }
}

/** The content with the tags of the version before. @throws RegistryError 42201 */
export function withTagsOf(
  knowledge: Knowledge,
  subject: string,
  content: SchemaContent,
  previous: StoredSchema | undefined,
): SchemaContent {
  if (previous === undefined) return content
  const tags = tagsOf(knowledge, previous)
  return isSome(tags)
    ? { ...content, schema: retagged(knowledge, subject, content, { add: tags, remove: [] }) }
    : content
}

/** @throws RegistryError 42201 */
export function tagsOf({ state, parser }: Knowledge, stored: StoredSchema): readonly SchemaTags[] {
  return readable(stored.schemaType, () => parser.parse(state, stored.subject, stored).tagged())
}

function retagged({ state, parser }: Knowledge, subject: string, content: SchemaContent, change: TagChange): string {
  return readable(content.schemaType, () => parser.parse(state, subject, content).withTags(change))
}

/** The registration that a change of a version's tags comes to. @throws RegistryError 42201 */
export function taggedVersion(knowledge: Knowledge, stored: StoredSchema, request: TagRequest): SchemaRequest {
  const { newVersion, tagsToAdd: add, tagsToRemove: remove } = request
  return {
    schema: retagged(knowledge, stored.subject, stored, { add, remove }),
    schemaType: stored.schemaType,
    references: stored.references,
    metadata: withConfluentVersion(request.metadata ?? stored.metadata, newVersion),
    ruleSet: rulesOf(knowledge.state, stored.subject, request),
    version: newVersion,
    id: -1,
  }
}

/** @throws RegistryError 42210 */
export function checkTagRequest({ ruleSet, rulesToMerge, rulesToRemove }: TagRequest): void {
  if (ruleSet !== undefined && (rulesToMerge !== undefined || rulesToRemove !== undefined)) {
    throw invalidRules('ruleSet should be omitted if specifying rulesToMerge or rulesToRemove')
  }
  checkRules(rulesToMerge)
  checkRules(ruleSet)
}

function rulesOf(state: RegistryState, subject: string, request: TagRequest): RuleSet | undefined {
  const { newVersion, rulesToMerge, rulesToRemove } = request
  if (rulesToMerge === undefined && rulesToRemove === undefined) return request.ruleSet
  const found = newVersion > 0 ? state.version(subject, newVersion - 1) : state.latest(subject)
  const rules = mergeRules(found?.deleted === true ? undefined : found?.ruleSet, rulesToMerge)
  if (rules === undefined || rulesToRemove === undefined) return rules
  const without = new Set<string | undefined>(rulesToRemove)
  const kept = (list: RuleSet['domainRules']) => list?.filter(({ name }) => !without.has(name))
  const { migrationRules, domainRules, encodingRules, ...rest } = rules
  return {
    ...(migrationRules && { migrationRules: kept(migrationRules) ?? [] }),
    ...(domainRules && { domainRules: kept(domainRules) ?? [] }),
    ...(encodingRules && { encodingRules: kept(encodingRules) ?? [] }),
    ...rest,
  }
}
