import type { DeletedFilter, SchemaRequest, StoredSchema } from './entities.ts'
import { INVALID_SCHEMA, RegistryError, schemaNotFound, subjectNotFound, versionNotFound } from './errors.ts'
import { findUnderSubject, type Knowledge, normalizes, surrounded } from './lookup.ts'
import { configInScope } from './settings.ts'
import type { RegistryState } from './state.ts'
import { contextOf, DEFAULT_CONTEXT, prefixOf, qualified, relativeTo, subjectText } from './subjects.ts'

/** A subject may be a second name of another one. */
export function unaliased(state: RegistryState, subject: string): string {
  const alias = state.config(subject)?.alias
  return alias === undefined ? subject : relativeTo(subject, alias)
}

/** The subject itself, then those of its name in all other contexts where it names none. */
function* everywhere(state: RegistryState, subject: string): IterableIterator<string> {
  yield subject
  const { context, subject: name } = qualified(subject)
  if (context !== DEFAULT_CONTEXT) return
  for (const other of state.contexts)
    if (other !== DEFAULT_CONTEXT) yield subjectText({ context: other, subject: name })
}

/** `version` -1: the latest. @throws RegistryError 40401, 40402 */
export function versionIn(state: RegistryState, subject: string, version: number, withDeleted: boolean): StoredSchema {
  for (const name of everywhere(state, subject)) {
    const found = version === -1 ? state.latest(name) : state.version(name, version)
    if (found !== undefined && (withDeleted || !found.deleted)) return found
  }
  throw state.has(subject, withDeleted) ? versionNotFound(version) : subjectNotFound(subject)
}

/** @throws RegistryError 40401 */
export function versionsIn(state: RegistryState, subject: string, filter: DeletedFilter): StoredSchema[] {
  if (!state.has(subject, filter !== 'live')) throw subjectNotFound(subject)
  return state.versions(subject, filter)
}

/** @throws RegistryError 40401, 40403, 42201 */
export function lookUp(
  knowledge: Knowledge,
  subject: string,
  request: SchemaRequest,
  options: { readonly normalize: boolean; readonly withDeleted: boolean },
): StoredSchema {
  const { state } = knowledge
  const asked = { ...options, normalize: normalizes(state, subject, options.normalize), latestOnly: false }
  for (const name of everywhere(state, subject)) {
    const found =
      name === subject ? inSubject(knowledge, name, request, asked) : elsewhere(knowledge, name, request, asked)
    if (found !== undefined) return found
  }
  throw state.has(subject, options.withDeleted) ? schemaNotFound() : subjectNotFound(subject)
}

/** Whoever registers without metadata gets that of the newest version and of the settings, and looks it up without it too. */
function inSubject(
  knowledge: Knowledge,
  subject: string,
  request: SchemaRequest,
  options: Parameters<typeof findUnderSubject>[3],
): StoredSchema | undefined {
  const found = findUnderSubject(knowledge, subject, request, options)
  const latest = knowledge.state.latest(subject)
  if (found !== undefined || latest === undefined) return found
  const { metadata, ruleSet } = surrounded(request, configInScope(knowledge.state, subject), latest)
  if (metadata === request.metadata && ruleSet === request.ruleSet) return undefined
  return findUnderSubject(knowledge, subject, { ...request, metadata, ruleSet }, options)
}

/** In a context that nobody named what the schema refers to may be missing: then it is not there. */
function elsewhere(...[knowledge, subject, request, options]: Parameters<typeof inSubject>): StoredSchema | undefined {
  try {
    return inSubject(knowledge, subject, request, options)
  } catch (error) {
    if (error instanceof RegistryError && error.code === INVALID_SCHEMA) return undefined
    throw error
  }
}

/** `subject`: where to look; empty: in the default context, then in all. @throws RegistryError 40403 */
export function byId(state: RegistryState, id: number, subject: string): StoredSchema {
  const { context, subject: name } = qualified(subject)
  const found =
    name === '' || context !== DEFAULT_CONTEXT ? state.byId(id, subject, name === '') : firstWithId(state, id, subject)
  if (found === undefined) throw schemaNotFound(id)
  return found
}

function firstWithId(state: RegistryState, id: number, subject: string): StoredSchema | undefined {
  for (const name of everywhere(state, subject)) {
    const found = state.byId(id, name, false)
    if (found !== undefined) return found
  }
  return state.byId(id, prefixOf(contextOf(subject)), true)
}

/** All versions that have the id. @throws RegistryError 40403 */
export function holdersOf(state: RegistryState, id: number, subject: string, withDeleted: boolean): StoredSchema[] {
  const found = byIdOrNone(state, id, subject)
  if (found === undefined) throw schemaNotFound()
  return state.holders(id, found.subject).filter(({ deleted }) => withDeleted || !deleted)
}

function byIdOrNone(state: RegistryState, id: number, subject: string): StoredSchema | undefined {
  const { context, subject: name } = qualified(subject)
  if (name === '' || context !== DEFAULT_CONTEXT) return state.byId(id, subject, name === '')
  return firstWithId(state, id, subject)
}

export interface ContextId {
  readonly context: string
  readonly id: number
}

export function idsOfGuid(state: RegistryState, guid: string): ContextId[] {
  const wanted = guid.toLowerCase()
  return state.contexts.flatMap((context) => {
    const id = state.idByGuid(wanted, context)
    return id === undefined ? [] : { context, id }
  })
}

/** @throws RegistryError 40403 */
export function byGuid(state: RegistryState, guid: string): StoredSchema {
  const [first] = idsOfGuid(state, guid)
  const found = first && state.byId(first.id, prefixOf(first.context), true)
  if (found === undefined) throw schemaNotFound(guid)
  return found
}

/** The newest version whose metadata has all of these. @throws RegistryError 40401, 40403 */
export function latestWith(
  state: RegistryState,
  subject: string,
  properties: Readonly<Record<string, string>>,
  withDeleted: boolean,
): StoredSchema {
  const wanted = Object.entries(properties)
  const found = state
    .versions(subject, withDeleted ? 'all' : 'live')
    .reverse()
    .find(({ metadata }) => metadata && wanted.every(([key, value]) => metadata.properties?.[key] === value))
  if (found !== undefined) return found
  throw state.has(subject, withDeleted) ? schemaNotFound() : subjectNotFound(subject)
}

/** Ids of those that refer to a version, sorted. */
export function referredBy(state: RegistryState, schema: StoredSchema, withDeleted: boolean): number[] {
  const ids = state.referrers(schema.subject, schema.version, withDeleted).map(({ id }) => id)
  return [...new Set(ids)].sort((a, b) => a - b)
}
