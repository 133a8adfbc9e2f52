import { z } from 'zod'
import type { Config, ConfigChange, Mode, SchemaRequest, StoredSchema, TagRequest } from './entities.ts'
import { invalidMode, invalidSubject } from './errors.ts'
import { type Knowledge, normalizes } from './lookup.ts'
import { changeConfig, changeMode, deleteConfig, deleteMode } from './modes.ts'
import type { ForwardedRequest } from './ports.ts'
import { unaliased, versionIn } from './queries.ts'
import { alreadyRegistered, type Decision, type Registered, type RegisterOptions, register } from './register.ts'
import { deleteContext, deleteSubject, deleteVersion } from './removal.ts'
import { configChange, modeOf } from './requests.ts'
import { checkTagRequest, taggedVersion } from './retag.ts'
import { checkRules } from './rules.ts'
import { type LeveledConfig, leveled } from './settings.ts'
import { ConfigRequestShape, ConfigValueShape, RegisteredShape } from './shapes.ts'
import { isDefaultContext, isGlobalContext, isValidSubject, normalSubject } from './subjects.ts'

/** A write: how it is decided where the topic is led, and how another broker is asked for it. */
export interface Command<T> {
  /** Answers what is so already, without the leader. */
  readonly known?: (knowledge: Knowledge) => T | undefined
  readonly decide: (knowledge: Knowledge) => Decision<T>
  readonly request: Omit<ForwardedRequest, 'authorization'>
  /** The other broker's answer. Throws where it makes no sense. */
  readonly read: (body: unknown) => T
  /** Asked for once more it does nothing more. */
  readonly isRepeatable: boolean
}

const part = encodeURIComponent

export function registerCommand(
  text: string,
  request: SchemaRequest,
  options: RegisterOptions,
): Command<Registered | StoredSchema> {
  checkRules(request.ruleSet)
  if (!isValidSubject(text, false)) throw invalidSubject(text)
  const { normalize, force } = options
  const subject = normalSubject(text)
  const inScope = ({ state }: Knowledge) => {
    const name = unaliased(state, subject)
    return { name, normalize: normalizes(state, name, normalize) }
  }
  return {
    known: (knowledge) => {
      const { name, normalize: asked } = inScope(knowledge)
      return alreadyRegistered(knowledge, name, request, asked)
    },
    decide: (knowledge) => {
      const { name, normalize: asked } = inScope(knowledge)
      const known = alreadyRegistered(knowledge, name, request, asked)
      if (known !== undefined) return { changes: [], answer: known }
      return register(knowledge, name, request, { normalize: asked, force })
    },
    request: {
      method: 'POST',
      path: `/subjects/${part(subject)}/versions?normalize=${normalize}&force=${force}`,
      body: request,
    },
    read: (body) => ({ ...RegisteredShape.parse(body), subject, deleted: false }),
    isRepeatable: true,
  }
}

/** A new version that is an old one with other tags. */
export function tagCommand(text: string, version: number, asked: TagRequest): Command<Registered | StoredSchema> {
  checkTagRequest(asked)
  if (!isValidSubject(text, false)) throw invalidSubject(text)
  const subject = normalSubject(text)
  return {
    decide: (knowledge) => {
      const name = unaliased(knowledge.state, subject)
      const stored = versionIn(knowledge.state, name, version, false)
      const request = taggedVersion(knowledge, stored, asked)
      const known = alreadyRegistered(knowledge, name, request, false)
      if (known !== undefined) return { changes: [], answer: known }
      return register(knowledge, name, request, { normalize: false, force: false })
    },
    request: { method: 'POST', path: `/subjects/${part(subject)}/versions/${version}/tags`, body: asked },
    read: (body) => ({ ...RegisteredShape.parse(body), subject, deleted: false }),
    isRepeatable: false,
  }
}

export function deleteVersionCommand(text: string, version: number, permanent: boolean): Command<number> {
  const subject = normalSubject(text)
  const path = `/subjects/${part(subject)}/versions/${version}?permanent=${permanent}`
  return {
    decide: ({ state }) => deleteVersion(state, unaliased(state, subject), version, permanent),
    request: { method: 'DELETE', path },
    read: (body) => z.int().parse(body),
    isRepeatable: false,
  }
}

export function deleteSubjectCommand(text: string, permanent: boolean): Command<number[]> {
  const subject = normalSubject(text)
  return {
    decide: ({ state }) => deleteSubject(state, unaliased(state, subject), permanent),
    request: { method: 'DELETE', path: `/subjects/${part(subject)}?permanent=${permanent}` },
    read: (body) => z.array(z.int()).parse(body),
    isRepeatable: false,
  }
}

export function deleteContextCommand(context: string): Command<undefined> {
  return {
    decide: ({ state }) => deleteContext(state, context),
    request: { method: 'DELETE', path: `/contexts/${part(context)}` },
    read: () => undefined,
    isRepeatable: true,
  }
}

/** Undefined: of everything. */
export function settingsSubject(text: string | undefined): string | undefined {
  return text === undefined || isDefaultContext(text) ? undefined : normalSubject(text)
}

const settingsPath = (kind: 'config' | 'mode', subject: string | undefined): string =>
  subject === undefined ? `/${kind}` : `/${kind}/${part(subject)}`

export function configCommand(text: string | undefined, asked: ConfigChange): Command<Config> {
  checkRules(asked.defaultRuleSet)
  checkRules(asked.overrideRuleSet)
  if (text !== undefined && !isValidSubject(text, true)) throw invalidSubject(text)
  const subject = settingsSubject(text)
  const { compatibilityLevel, ...rest } = asked
  const body = compatibilityLevel === undefined ? rest : { ...rest, compatibility: compatibilityLevel }
  return {
    decide: ({ state }) => changeConfig(state, subject, asked),
    request: { method: 'PUT', path: settingsPath('config', subject), body },
    read: (read) => configChange(ConfigRequestShape.parse(read)) as Config,
    isRepeatable: true,
  }
}

export function deleteConfigCommand(text: string | undefined): Command<LeveledConfig> {
  const subject = settingsSubject(text)
  return {
    decide: ({ state }) => deleteConfig(state, subject),
    request: { method: 'DELETE', path: settingsPath('config', subject) },
    read: (body) => leveled(ConfigValueShape.parse(body) as Config),
    isRepeatable: false,
  }
}

export function modeCommand(text: string | undefined, mode: Mode | undefined, force: boolean): Command<undefined> {
  if (text !== undefined && !isValidSubject(text, true)) throw invalidSubject(text)
  const subject = settingsSubject(text)
  if (mode === 'FORWARD' && (subject === undefined || !isGlobalContext(subject))) {
    throw invalidMode('Forward mode only supported on global level')
  }
  return {
    decide: ({ state }) => changeMode(state, subject, mode, force),
    request: { method: 'PUT', path: `${settingsPath('mode', subject)}?force=${force}`, body: { mode: mode ?? null } },
    read: () => undefined,
    isRepeatable: true,
  }
}

export function deleteModeCommand(text: string | undefined, recursive: boolean): Command<Mode | undefined> {
  const subject = settingsSubject(text)
  return {
    decide: ({ state }) => deleteMode(state, subject, recursive),
    request: { method: 'DELETE', path: `${settingsPath('mode', subject)}?recursive=${recursive}` },
    read: (body) => modeOf(z.object({ mode: z.string().nullish() }).parse(body).mode),
    isRepeatable: true,
  }
}
