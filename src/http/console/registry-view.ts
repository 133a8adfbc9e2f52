import type { Registry } from '../../registry/registry.ts'

/** What the console asks of the registry's core. */
export type ConsoleRegistry = Pick<
  Registry,
  | 'subjects'
  | 'versions'
  | 'schemas'
  | 'byId'
  | 'encode'
  | 'messages'
  | 'version'
  | 'config'
  | 'mode'
  | 'problems'
  | 'register'
  | 'deleteVersion'
  | 'deleteSubject'
  | 'setConfig'
  | 'deleteConfig'
>

interface RegistryRefusal extends Error {
  readonly status: number
  readonly code: number
}

/** By its name: the registry may be of another bundle. */
export function isRegistryRefusal(error: unknown): error is RegistryRefusal {
  return error instanceof Error && error.name === 'RegistryError' && 'status' in error
}
