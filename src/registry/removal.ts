import type { StoredSchema } from './entities.ts'
import {
  contextNotEmpty,
  notPermitted,
  referenceExists,
  subjectNotFound,
  subjectNotSoftDeleted,
  subjectSoftDeleted,
  versionNotFound,
  versionNotSoftDeleted,
  versionSoftDeleted,
} from './errors.ts'
import type { Change } from './records.ts'
import { change, type Decision } from './register.ts'
import { isReadOnly, modeInScope } from './settings.ts'
import type { RegistryState } from './state.ts'
import { contextOf, prefixOf } from './subjects.ts'

/** `version` -1: the newest. Answers the version. */
export function deleteVersion(
  state: RegistryState,
  subject: string,
  version: number,
  permanent: boolean,
): Decision<number> {
  const stored = version === -1 ? state.latest(subject) : state.version(subject, version)
  if (stored === undefined) {
    throw state.has(subject, true) ? versionNotFound(version) : subjectNotFound(subject)
  }
  if (!permanent && stored.deleted) throw versionSoftDeleted(subject, stored.version)
  checkWritable(state, subject)
  if (state.referrers(subject, stored.version, permanent).length > 0) throw referenceExists(subject, stored.version)
  if (!permanent) return { changes: [change({ ...stored, deleted: true })], answer: stored.version }
  if (!stored.deleted) throw versionNotSoftDeleted(subject, stored.version)
  const isLast = state.versions(subject).length === 1
  return { changes: [gone(stored), ...(isLast ? settingsGone(state, subject) : [])], answer: stored.version }
}

/** Answers the versions that are deleted by it. */
export function deleteSubject(state: RegistryState, subject: string, permanent: boolean): Decision<number[]> {
  const all = state.versions(subject)
  if (all.length === 0) throw subjectNotFound(subject)
  const live = all.filter(({ deleted }) => !deleted)
  if (!permanent && live.length === 0) throw subjectSoftDeleted(subject)
  checkWritable(state, subject)
  const meant = permanent ? all : live
  for (const { version, deleted } of meant) {
    const others = state.referrers(subject, version, permanent).filter((referrer) => referrer.subject !== subject)
    if (others.length > 0) throw referenceExists(subject, version)
    if (permanent && !deleted) throw subjectNotSoftDeleted(subject)
  }
  const answer = meant.map(({ version }) => version)
  if (permanent) {
    // Versions may refer to earlier ones of the subject.
    return { changes: [...[...meant].reverse().map(gone), ...settingsGone(state, subject)], answer }
  }
  return { changes: [{ type: 'delete-subject', subject, version: answer.at(-1) ?? 0 }], answer }
}

/** `context`: as `prefixOf` writes it. */
export function deleteContext(state: RegistryState, context: string): Decision<undefined> {
  if (state.has(context, true)) throw contextNotEmpty(context)
  return { changes: [{ type: 'context', context: contextOf(context), value: null }], answer: undefined }
}

export function checkWritable(state: RegistryState, subject: string | undefined): void {
  if (!isReadOnly(modeInScope(state, subject))) return
  const context = subject === undefined ? '' : prefixOf(contextOf(subject))
  throw notPermitted(`Subject ${subject ?? null} in context ${context} is in read-only mode`)
}

export const gone = ({ subject, version }: Pick<StoredSchema, 'subject' | 'version'>): Change => {
  return { type: 'schema', subject, version, value: null }
}

function settingsGone(state: RegistryState, subject: string): Change[] {
  return [
    ...(state.mode(subject) === undefined ? [] : [{ type: 'mode', subject, value: null } as const]),
    ...(state.config(subject) === undefined ? [] : [{ type: 'config', subject, value: null } as const]),
  ]
}
