import { ConfigError } from './config-error.ts'
import { type Given, type HttpListener, httpListeners } from './http-listeners.ts'

export const REGISTRY_LISTENERS = 'odradek.schema.registry.listeners'
const AUTHENTICATION = 'odradek.schema.registry.authentication.method'

/** What the cluster knows the registry's address by, and prefix of its own settings: `listener.name.schema_registry.ssl.…`. */
export const REGISTRY_ENDPOINT = 'SCHEMA_REGISTRY'

export const REGISTRY_NAMES: readonly string[] = [REGISTRY_LISTENERS, AUTHENTICATION]
/** Where a node is that was given no file. */
export const BUILT_IN_REGISTRY: readonly [string, string] = [REGISTRY_LISTENERS, 'http://localhost:8081']

export interface RegistryConfig {
  /** Empty: there is no registry. */
  readonly listeners: readonly HttpListener[]
  /** Whether whoever asks logs in, by basic authentication, as a user of the broker's. */
  readonly hasLogins: boolean
}

interface RegistrySource {
  readonly given: Given
  readonly builtIn: ReadonlyMap<string, string> | undefined
  /** Of the broker's own listeners. */
  readonly protocols: readonly string[]
}

/** Throws a `ConfigError`. */
export function registryConfig({ given, builtIn, protocols }: RegistrySource): RegistryConfig {
  const listeners = httpListeners(REGISTRY_LISTENERS, given, builtIn)
  const hasUsers = protocols.some((protocol) => protocol.startsWith('SASL_'))
  return { listeners, hasLogins: hasLogins(given.get(AUTHENTICATION)?.text.trim().toUpperCase(), hasUsers) }
}

function hasLogins(method: string | undefined, hasUsers: boolean): boolean {
  if (method === undefined || method === '') return hasUsers
  if (method !== 'BASIC' && method !== 'NONE') {
    throw new ConfigError(`Set ${AUTHENTICATION} to BASIC or NONE: not ${method}.`)
  }
  if (method === 'BASIC' && !hasUsers) {
    throw new ConfigError(
      `Set ${AUTHENTICATION} to NONE, or give the broker a SASL listener: it has no users otherwise.`,
    )
  }
  return method === 'BASIC'
}
