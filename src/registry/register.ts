import type { SchemaContent, SchemaRequest, StoredSchema } from './entities.ts'
import { incompatible, invalidSchema, notPermitted } from './errors.ts'
import { compatibilityProblems } from './levels.ts'
import {
  addsToSchemas,
  type Candidate,
  candidateOf,
  findUnderSubject,
  isBlank,
  type Knowledge,
  ofSameContent,
  readable,
  standsFor,
  surrounded,
} from './lookup.ts'
import type { Change, SchemaValue } from './records.ts'
import { changesTags, requestWithTags, withTagsOf } from './retag.ts'
import { confluentVersion, isSame, reservedFields, withConfluentVersion } from './rules.ts'
import { configInScope, isReadOnly, type LeveledConfig, modeInScope, takesIds } from './settings.ts'
import type { RegistryState } from './state.ts'
import { contextOf, DEFAULT_CONTEXT, prefixOf } from './subjects.ts'

/** What is to be written, and what is answered once it is. */
export interface Decision<T> {
  readonly changes: readonly Change[]
  readonly answer: T
}

export type Registered = SchemaValue & { readonly timestamp?: number }

export interface RegisterOptions {
  readonly normalize: boolean
  /** Whatever the compatibility says. */
  readonly force: boolean
}

/** The version that there is already, for which nothing need be written and no leader asked. */
export function alreadyRegistered(
  knowledge: Knowledge,
  subject: string,
  request: SchemaRequest,
  normalize: boolean,
): StoredSchema | undefined {
  const { state } = knowledge
  if (addsToSchemas(configInScope(state, subject)) || changesTags(request)) return undefined
  const asked = takesIds(modeInScope(state, subject)) ? request : { ...request, id: -1 }
  if (request.id >= 0 && asked.id < 0) return undefined
  const options = { normalize, withDeleted: false, latestOnly: request.version === -1 }
  const found = findUnderSubject(knowledge, subject, asked, options)
  if (found === undefined) return undefined
  if (request.version <= 0) return request.id < 0 || request.id === found.id ? found : undefined
  return found.id === request.id && found.version === request.version ? found : undefined
}

/** @throws RegistryError */
export function register(
  knowledge: Knowledge,
  subject: string,
  asked: SchemaRequest,
  { normalize, force }: RegisterOptions,
): Decision<Registered> {
  const { state } = knowledge
  const request = requestWithTags(knowledge, subject, asked)
  const config = configInScope(state, subject)
  checkMode(state, subject, request)
  const imports = takesIds(modeInScope(state, subject))
  const all = state.versions(subject)
  const live = all.filter(({ deleted }) => !deleted)
  const nextVersion = (all.at(-1)?.version ?? 0) + 1
  const complete = imports ? stated(request) : completed(request, config, live.at(-1), nextVersion)
  const propagates = !imports && request.propagateSchemaTags === true
  const content = propagates ? withTagsOf(knowledge, subject, complete, live.at(-1)) : complete
  const isNew = request.id < 0 && config.validateNewSchemas !== false
  const candidate = candidateOf(knowledge, subject, content, { normalize, isNew })
  const known = existing(knowledge, subject, candidate, request, live)
  if (known !== undefined) return { changes: [], answer: known }
  if (!imports && !force) checkCompatibility(knowledge, subject, candidate, config, live)
  if (request.version > 0 && request.version !== nextVersion && !imports) {
    throw invalidSchema('Version is not one more than previous version')
  }
  const version = request.version > 0 ? request.version : nextVersion
  const { parsed: _parsed, ...stored } = candidate
  const value: SchemaValue = {
    ...stored,
    subject,
    version,
    id: idFor(state, subject, candidate, request),
    deleted: false,
  }
  return { changes: [...newContext(state, subject), ...replaced(state, value, all), change(value)], answer: value }
}

function checkMode(state: RegistryState, subject: string, { id }: SchemaRequest): void {
  const mode = modeInScope(state, subject)
  const where = `Subject ${subject} in context ${prefixOf(contextOf(subject))}`
  if (isReadOnly(mode)) throw notPermitted(`${where} is in read-only mode`)
  if (id >= 0 && !takesIds(mode)) throw notPermitted(`${where} is not in import mode`)
  if (id < 0 && mode !== 'READWRITE') throw notPermitted(`${where} is not in read-write mode`)
}

function stated(request: SchemaRequest): SchemaContent {
  if (isBlank(request.schema)) throw invalidSchema('Empty schema')
  return { ...request, schema: request.schema }
}

/** What the request leaves out comes from the newest version, and around it is what the settings say. */
function completed(
  request: SchemaRequest,
  config: LeveledConfig,
  previous: StoredSchema | undefined,
  nextVersion: number,
): SchemaContent {
  const base = isBlank(request.schema) ? previous : stated(request)
  if (base === undefined) throw invalidSchema('Empty schema')
  const { metadata, ruleSet } = surrounded(request, config, previous)
  const isNumbered = request.version !== 0 || confluentVersion(metadata) !== undefined
  return {
    schemaType: base.schemaType,
    schema: base.schema,
    references: base.references,
    metadata: isNumbered ? withConfluentVersion(metadata, nextVersion) : metadata,
    ruleSet,
  }
}

/** A version that nobody deleted and that stands for the same schema. */
function existing(
  knowledge: Knowledge,
  subject: string,
  candidate: Candidate,
  { id, version }: SchemaRequest,
  live: readonly StoredSchema[],
): StoredSchema | undefined {
  if (version !== 0) return undefined
  const isMeant = (schema: StoredSchema) => !schema.deleted && (id < 0 || id === schema.id)
  const exact = ofSameContent(knowledge.state, subject, candidate.guid)
  if (exact !== undefined && isMeant(exact)) return exact
  return [...live].reverse().find((schema) => isMeant(schema) && standsFor(knowledge, subject, candidate, schema))
}

/** @throws RegistryError 40901 */
function checkCompatibility(
  knowledge: Knowledge,
  subject: string,
  candidate: Candidate,
  config: LeveledConfig,
  live: readonly StoredSchema[],
): void {
  const problems = problemsOf(knowledge, subject, candidate, config, live)
  if (problems.length > 0) throw incompatible(subject, problems)
}

/** Why the schema can't follow the versions, oldest first. */
export function problemsOf(
  { state, parser }: Knowledge,
  subject: string,
  candidate: Candidate,
  config: LeveledConfig,
  versions: readonly StoredSchema[],
): string[] {
  const { compatibilityGroup: group, compatibilityLevel: level } = config
  // Only versions of the same group are compared: those that have the same value of this property.
  const groupOf = ({ metadata }: SchemaContent) => (group === undefined ? undefined : metadata?.properties?.[group])
  const compared = versions.filter((version) => groupOf(version) === groupOf(candidate))
  const earlier = compared.map((stored) => ({
    version: stored.version,
    parsed: () => readable(stored.schemaType, () => parser.parse(state, subject, stored)),
  }))
  const checksFields = config.validateFields === true
  const problems = [
    ...(checksFields ? reservationProblems(candidate, versions.at(-1)) : []),
    ...compatibilityProblems(level, candidate.parsed, earlier),
  ]
  return problems.length === 0 ? [] : [...problems, `{validateFields: '${checksFields}', compatibility: '${level}'}`]
}

/** Names of fields that a schema's metadata keeps free stay free, in it and in what follows. */
function reservationProblems(candidate: Candidate, previous: StoredSchema | undefined): string[] {
  const reserved = reservedFields(candidate.metadata)
  const given = reservedFields(previous?.metadata).filter((name) => !reserved.includes(name))
  const taken = reserved.filter((name) => candidate.parsed.hasTopField(name))
  return [
    ...given.map((name) => {
      return `The new schema has reserved field ${name} removed from its metadata which is present in the old schema's metadata.`
    }),
    ...taken.map((name) => `The new schema has field that conflicts with the reserved field ${name}.`),
  ]
}

function idFor(state: RegistryState, subject: string, candidate: Candidate, { id }: SchemaRequest): number {
  const context = contextOf(subject)
  const known = state.idByGuid(candidate.guid, context)
  if (id < 0 && known !== undefined && state.holders(known, subject).length > 0) return known
  if (id < 0) return state.maxId(subject) + 1
  const [holder] = state.holders(id, subject)
  if (holder !== undefined && !isSame(contentOf(holder), contentOf(candidate))) {
    throw notPermitted(`Overwrite new schema with id ${id} in context ${prefixOf(context)} is not permitted.`)
  }
  return id
}

function contentOf({ schemaType, schema, references, metadata, ruleSet }: SchemaContent) {
  return [schemaType, schema, references, metadata ?? {}, ruleSet ?? {}]
}

function newContext(state: RegistryState, subject: string): Change[] {
  const context = contextOf(subject)
  return context === DEFAULT_CONTEXT || state.hasContext(context) ? [] : [{ type: 'context', context, value: true }]
}

/** A schema has one version in a subject: deleted ones that had its id go, unless somebody refers to them. */
function replaced(state: RegistryState, { subject, id, version }: SchemaValue, all: readonly StoredSchema[]): Change[] {
  return all
    .filter((old) => old.deleted && old.id === id && old.version < version)
    .filter((old) => state.referrers(subject, old.version, true).length === 0)
    .map((old) => ({ type: 'schema', subject, version: old.version, value: null }))
}

export const change = (value: SchemaValue): Change => {
  return { type: 'schema', subject: value.subject, version: value.version, value }
}
