import type { Config, ConfigChange, Mode } from './entities.ts'
import { notPermitted, referenceExists, subjectNotFound } from './errors.ts'
import type { Change } from './records.ts'
import type { Decision } from './register.ts'
import { checkWritable, gone } from './removal.ts'
import { changedConfig, type LeveledConfig, modeInScope, ownConfig, ownMode } from './settings.ts'
import type { RegistryState } from './state.ts'
import { matcherOf } from './subjects.ts'

/** `subject` undefined: the settings of everything. */
export function changeConfig(state: RegistryState, subject: string | undefined, asked: ConfigChange): Decision<Config> {
  checkWritable(state, subject)
  const value = changedConfig(state.config(subject), asked)
  return { changes: [{ type: 'config', subject, value }], answer: value }
}

/** Answers what was set. */
export function deleteConfig(state: RegistryState, subject: string | undefined): Decision<LeveledConfig> {
  const answer = ownConfig(state, subject)
  if (answer === undefined) throw subjectNotFound(subject ?? '')
  checkWritable(state, subject)
  return { changes: [{ type: 'config', subject, value: null }], answer }
}

/** `mode` undefined: none of its own any more. `force`: import although there are schemas. */
export function changeMode(
  state: RegistryState,
  subject: string | undefined,
  mode: Mode | undefined,
  force: boolean,
): Decision<undefined> {
  const beginsImport = mode === 'IMPORT' && modeInScope(state, subject) !== 'IMPORT' && !force
  const cleared = beginsImport ? clearedForImport(state, subject) : []
  return { changes: [...cleared, { type: 'mode', subject, value: mode ?? null }], answer: undefined }
}

/** Ids that come from elsewhere must not meet others: there may be no schemas, and deleted ones go for good. */
function clearedForImport(state: RegistryState, subject: string | undefined): Change[] {
  const isMeant = matcherOf(subject)
  const found = [...state.all()].filter((schema) => isMeant(schema.subject))
  if (found.some(({ deleted }) => !deleted)) throw notPermitted('Cannot import since found existing subjects')
  for (const { subject: name, version } of found) {
    if (state.referrers(name, version, true).length > 0) throw referenceExists(name, version)
  }
  return [...found.map(gone), { type: 'clear-subject', subject }]
}

/** Answers what was set. `recursive`: also of all subjects in the context that is named. */
export function deleteMode(
  state: RegistryState,
  subject: string | undefined,
  recursive: boolean,
): Decision<Mode | undefined> {
  const answer = ownMode(state, subject)
  if (answer === undefined && !recursive) throw subjectNotFound(subject ?? '')
  const isMeant = matcherOf(subject)
  const below = recursive ? state.modeSubjects.filter((name) => name !== subject && isMeant(name)) : []
  const changes = [subject, ...below].map((name): Change => ({ type: 'mode', subject: name, value: null }))
  return { changes, answer }
}
