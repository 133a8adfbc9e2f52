import { ConfigError } from './config-error.ts'
import type { HostAndPort } from './listeners.ts'

export const REGISTRY_LISTENERS = 'odradek.schema.registry.listeners'
const AUTHENTICATION = 'odradek.schema.registry.authentication.method'

/** What the cluster knows the registry's address by, and prefix of its own settings: `listener.name.schema_registry.ssl.…`. */
export const REGISTRY_ENDPOINT = 'SCHEMA_REGISTRY'

export const REGISTRY_NAMES: readonly string[] = [REGISTRY_LISTENERS, AUTHENTICATION]
/** Where a node is that was given no file. */
export const BUILT_IN_REGISTRY: readonly [string, string] = [REGISTRY_LISTENERS, 'http://localhost:8081']

export interface RegistryListener extends HostAndPort {
  readonly isTls: boolean
  /** Nobody asked for it: the node goes on without it where another program has the port. */
  readonly isOptional: boolean
}

export interface RegistryConfig {
  /** Empty: there is no registry. */
  readonly listeners: readonly RegistryListener[]
  /** Whether whoever asks logs in, by basic authentication, as a user of the broker's. */
  readonly hasLogins: boolean
}

interface RegistrySource {
  readonly given: ReadonlyMap<string, { readonly text: string }>
  readonly builtIn: ReadonlyMap<string, string> | undefined
  /** Of the broker's own listeners. */
  readonly protocols: readonly string[]
}

const LISTENER = /^(?<scheme>https?):\/\/(?<host>\[[0-9a-fA-F:.]+\]|[^\s:/[\]]*):(?<port>\d{1,5})\/?$/

/** Throws a `ConfigError`. */
export function registryConfig({ given, builtIn, protocols }: RegistrySource): RegistryConfig {
  const told = given.get(REGISTRY_LISTENERS)?.text
  const text = (told ?? builtIn?.get(REGISTRY_LISTENERS) ?? '').trim()
  const isOptional = told === undefined
  const listeners = text === '' ? [] : text.split(/\s*,\s*/).map((each) => ({ ...parseListener(each), isOptional }))
  const hasUsers = protocols.some((protocol) => protocol.startsWith('SASL_'))
  return { listeners, hasLogins: hasLogins(given.get(AUTHENTICATION)?.text.trim().toUpperCase(), hasUsers) }
}

function parseListener(text: string): Omit<RegistryListener, 'isOptional'> {
  const { scheme, host, port } = LISTENER.exec(text)?.groups ?? {}
  if (host === undefined || Number(port) > 65_535) {
    throw new ConfigError(
      `Write ${REGISTRY_LISTENERS} as http://host:port or https://host:port, as in http://localhost:8081: not ${text}.`,
    )
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port), isTls: scheme === 'https' }
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
