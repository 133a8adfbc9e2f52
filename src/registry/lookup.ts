import type { SchemaContent, SchemaRequest, StoredSchema } from './entities.ts'
import { invalidSchema } from './errors.ts'
import { guidOf } from './hash.ts'
import type { SchemaParser } from './parser.ts'
import { confluentVersion, isSame, mergeMetadata, mergeRules, withoutConfluentVersion } from './rules.ts'
import { InvalidSchema, type ParsedSchema, type SchemaReference } from './schemas/schema-type.ts'
import { configInScope, type LeveledConfig, modeInScope, takesIds } from './settings.ts'
import type { RegistryState } from './state.ts'
import { contextOf, relativeTo } from './subjects.ts'

/** What the topic says, and how schemas are read. */
export interface Knowledge {
  readonly state: RegistryState
  readonly parser: SchemaParser
}

/** A schema as it would be stored. */
export interface Candidate extends SchemaContent {
  readonly parsed: ParsedSchema
  readonly guid: string
}

export interface LookupOptions {
  readonly normalize: boolean
  readonly withDeleted: boolean
  readonly latestOnly: boolean
}

/** The form in which a schema is stored and compared. @throws RegistryError 42201 */
export function candidateOf(
  { state, parser }: Knowledge,
  subject: string,
  request: SchemaContent,
  options: { readonly normalize: boolean; readonly isNew: boolean },
): Candidate {
  const references = settled(state, subject, request.references)
  const { schemaType, metadata, ruleSet } = request
  const parsed = readable(schemaType, () => parser.parse(state, subject, { ...request, references }, options.isNew))
  const normalizes = options.normalize && !takesIds(modeInScope(state, subject))
  const content = {
    schemaType,
    metadata,
    ruleSet,
    schema: normalizes ? readable(schemaType, () => parsed.normalized()) : parsed.canonical,
    references: normalizes ? withoutRepeats(references) : references,
  }
  return { ...content, parsed, guid: guidOf(content) }
}

export function readable<T>(type: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof InvalidSchema)) throw error
    throw invalidSchema(`Invalid schema of type ${type}, details: ${error.message}`)
  }
}

/** The newest version is meant once and for all. */
function settled(state: RegistryState, subject: string, references: readonly SchemaReference[]): SchemaReference[] {
  return references.map(({ name, subject: named, version }) => {
    const latest = version === -1 ? state.latest(relativeTo(subject, named))?.version : undefined
    return { name, subject: named, version: latest ?? version }
  })
}

function withoutRepeats(references: readonly SchemaReference[]): SchemaReference[] {
  const byName = [...references].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return byName.filter((reference, at) => byName.findIndex((other) => isSame(other, reference)) === at)
}

/** The version under which the subject has the schema. */
export function findUnderSubject(
  knowledge: Knowledge,
  subject: string,
  request: SchemaRequest,
  options: LookupOptions,
): StoredSchema | undefined {
  const { state } = knowledge
  if (isBlank(request.schema)) return undefined
  const content = { ...request, schema: request.schema }
  const candidate = candidateOf(knowledge, subject, content, { normalize: options.normalize, isNew: false })
  const mayBe = (found: StoredSchema | undefined) => found !== undefined && (options.withDeleted || !found.deleted)
  if (!options.latestOnly) {
    const exact = ofSameContent(state, subject, candidate.guid)
    if (mayBe(exact)) return exact
  }
  const latest = state.latest(subject)
  const versions = options.latestOnly ? (latest ? [latest] : []) : state.versions(subject).reverse()
  return versions.find((version) => mayBe(version) && standsFor(knowledge, subject, candidate, version))
}

/** The version of the subject that is the same to the last byte. */
export function ofSameContent(state: RegistryState, subject: string, guid: string): StoredSchema | undefined {
  const id = state.idByGuid(guid, contextOf(subject))
  return id === undefined ? undefined : state.byId(id, subject, false)
}

/** Also where one of both has its references written out, or the version in its metadata. */
export function standsFor(
  { state, parser }: Knowledge,
  subject: string,
  candidate: Candidate,
  stored: StoredSchema,
): boolean {
  if (candidate.schemaType !== stored.schemaType) return false
  const writesOut = candidate.references.length === 0 && stored.references.length > 0
  if (!writesOut && !isSame(candidate.references, stored.references)) return false
  if (!hasSameMetadata(candidate, stored) || !isSame(candidate.ruleSet, stored.ruleSet)) return false
  return candidate.parsed.equivalent(readable(stored.schemaType, () => parser.parse(state, subject, stored)))
}

function hasSameMetadata(candidate: Candidate, stored: StoredSchema): boolean {
  const asked = confluentVersion(candidate.metadata)
  const known = confluentVersion(stored.metadata)
  if (asked !== undefined && known === undefined && asked !== String(stored.version)) return false
  if ((asked === undefined) === (known === undefined)) return isSame(candidate.metadata, stored.metadata)
  return isSame(withoutConfluentVersion(candidate.metadata) ?? {}, withoutConfluentVersion(stored.metadata) ?? {})
}

/** What stands around a version: its own or the newest version's, between what the settings say. */
export function surrounded(
  request: Pick<SchemaRequest, 'metadata' | 'ruleSet'>,
  config: LeveledConfig,
  previous: StoredSchema | undefined,
): Pick<SchemaContent, 'metadata' | 'ruleSet'> {
  const { metadata = previous?.metadata, ruleSet = previous?.ruleSet } = request
  return {
    metadata: mergeMetadata(mergeMetadata(config.defaultMetadata, metadata), config.overrideMetadata),
    ruleSet: mergeRules(mergeRules(config.defaultRuleSet, ruleSet), config.overrideRuleSet),
  }
}

export const isBlank = (text: string | undefined): text is undefined => text === undefined || text.trim() === ''

export function normalizes(state: RegistryState, subject: string, asked: boolean): boolean {
  return asked || configInScope(state, subject).normalize === true
}

export function addsToSchemas(config: LeveledConfig): boolean {
  const { defaultMetadata, overrideMetadata, defaultRuleSet, overrideRuleSet } = config
  return [defaultMetadata, overrideMetadata, defaultRuleSet, overrideRuleSet].some((entry) => entry !== undefined)
}
