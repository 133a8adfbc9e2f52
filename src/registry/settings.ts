import type { CompatibilityLevel, Config, ConfigChange, Mode } from './entities.ts'
import type { RegistryState } from './state.ts'
import { contextOf, DEFAULT_CONTEXT, GLOBAL_SETTINGS, isGlobalContext, prefixOf } from './subjects.ts'

export const DEFAULT_LEVEL: CompatibilityLevel = 'BACKWARD'
export const DEFAULT_MODE: Mode = 'READWRITE'

export type LeveledConfig = Config & { readonly compatibilityLevel: CompatibilityLevel }

export const leveled = (config: Config): LeveledConfig => ({ compatibilityLevel: DEFAULT_LEVEL, ...config })

/** The subject's own settings; everything (undefined) and the global context always have some. */
export function ownConfig(state: RegistryState, subject: string | undefined): LeveledConfig | undefined {
  const own = state.config(subject)
  if (own !== undefined) return leveled(own)
  return subject === undefined || isGlobalContext(subject) ? leveled({}) : undefined
}

/** What counts for a subject: its own settings, its context's, the global ones. */
export function configInScope(state: RegistryState, subject: string | undefined): LeveledConfig {
  if (subject === undefined) return scoped(state, undefined)
  const own = state.config(subject)
  if (own === undefined) return scoped(state, subject)
  const top = state.config(undefined) ?? {}
  const { normalize, validateFields, validateNewSchemas, validateRules, compatibilityPolicy, compatibilityGroup } = top
  const inherited = {
    normalize,
    validateFields,
    validateNewSchemas,
    validateRules,
    compatibilityPolicy,
    compatibilityGroup,
  }
  return leveled({ ...onlySet(inherited), ...own })
}

function onlySet<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function scoped(state: RegistryState, subject: string | undefined): LeveledConfig {
  return leveled(state.config(above(subject)) ?? state.config(GLOBAL_SETTINGS) ?? {})
}

/** Whose settings count for a subject that has none. */
function above(subject: string | undefined): string | undefined {
  const context = subject === undefined ? DEFAULT_CONTEXT : contextOf(subject)
  return context === DEFAULT_CONTEXT ? undefined : prefixOf(context)
}

export function ownMode(state: RegistryState, subject: string | undefined): Mode | undefined {
  const isTop = subject === undefined || isGlobalContext(subject)
  return state.mode(subject) ?? (isTop ? DEFAULT_MODE : undefined)
}

export function modeInScope(state: RegistryState, subject: string | undefined): Mode {
  // Whatever a subject says of itself, this stops everybody.
  if (state.mode(undefined) === 'READONLY_OVERRIDE') return 'READONLY_OVERRIDE'
  return state.mode(subject) ?? state.mode(above(subject)) ?? state.mode(GLOBAL_SETTINGS) ?? DEFAULT_MODE
}

export const isReadOnly = (mode: Mode): boolean => mode === 'READONLY' || mode === 'READONLY_OVERRIDE'
export const takesIds = (mode: Mode): boolean => mode === 'IMPORT' || mode === 'FORWARD'

export function changedConfig(old: Config | undefined, change: ConfigChange): Config {
  const merged = { ...old, ...change }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null && value !== '')) as Config
}
