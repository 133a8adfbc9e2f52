import { ConfigError } from './config-error.ts'
import type { HostAndPort } from './listeners.ts'
import { BUILT_IN_REGISTRY, REGISTRY_NAMES } from './registry-config.ts'
import { TRACE_NAMES } from './trace-config.ts'

const HTTP_LISTENERS = 'odradek.http.listeners'
/** A system property of Java, where Kafka's brokers have it. */
const JAAS_FILE = 'java.security.auth.login.config'

/** Likewise: lists of what OAUTHBEARER may read. Left out: whatever the configuration names. */
export const OAUTH_URLS = 'org.apache.kafka.sasl.oauthbearer.allowed.urls'
export const OAUTH_FILES = 'org.apache.kafka.sasl.oauthbearer.allowed.files'

/** The broker's listener by which its console asks the cluster; and names, besides its own, under which it may be opened. */
const CONSOLE_LISTENER = 'odradek.console.listener'
const CONSOLE_HOSTS = 'odradek.console.hosts'

/** Configs that Kafka does not have. Its tools are not shown them. */
export const OWN_NAMES: readonly string[] = [
  HTTP_LISTENERS,
  CONSOLE_LISTENER,
  CONSOLE_HOSTS,
  ...REGISTRY_NAMES,
  ...TRACE_NAMES,
  JAAS_FILE,
  OAUTH_URLS,
  OAUTH_FILES,
]

/** Where a node is that was given no file: for this machine alone, as its listeners. */
export const BUILT_IN_OWN: ReadonlyMap<string, string> = new Map([
  [HTTP_LISTENERS, 'http://localhost:9080'],
  BUILT_IN_REGISTRY,
])

export interface HttpListener extends HostAndPort {
  /** Nobody asked for it: the node goes on without it where another program has the port. */
  readonly isOptional: boolean
}

type Given = ReadonlyMap<string, { readonly text: string }>

const LISTENER = /^http:\/\/(?<host>\[[0-9a-fA-F:.]+\]|[^\s:/[\]]*):(?<port>\d{1,5})\/?$/

/**
 * `http://host:port` pairs, separated by commas; without a host it is every address. `builtIn` is for nodes that were told nothing
 * of it. Throws a `ConfigError`.
 */
export function httpListeners(given: Given, builtIn: ReadonlyMap<string, string> = new Map()): HttpListener[] {
  const told = given.get(HTTP_LISTENERS)?.text
  const isOptional = told === undefined
  const text = (told ?? builtIn.get(HTTP_LISTENERS) ?? '').trim()
  return text === '' ? [] : text.split(/\s*,\s*/).map((each) => ({ ...parseListener(each), isOptional }))
}

export interface ConsoleConfig {
  /** Undefined: it is chosen. */
  readonly listener: string | undefined
  /** In lower case; `*`: any. */
  readonly hosts: readonly string[]
}

/** Throws a `ConfigError` where there is no such listener. */
export function consoleConfig(given: Given, listeners: readonly { readonly name: string }[]): ConsoleConfig {
  const listener = given.get(CONSOLE_LISTENER)?.text.trim().toUpperCase() || undefined
  if (listener !== undefined && !listeners.some(({ name }) => name === listener)) {
    const names = listeners.map(({ name }) => name).join(', ')
    throw new ConfigError(`Set ${CONSOLE_LISTENER} to a listener of the broker (${names}): not ${listener}.`)
  }
  const hosts = (given.get(CONSOLE_HOSTS)?.text ?? '').toLowerCase().split(',')
  return { listener, hosts: hosts.map((host) => host.trim()).filter((host) => host !== '') }
}

function parseListener(text: string): HostAndPort {
  const { host, port } = LISTENER.exec(text)?.groups ?? {}
  if (host === undefined || Number(port) > 65_535) {
    throw new ConfigError(`Write ${HTTP_LISTENERS} as http://host:port, as in http://localhost:8080: not ${text}.`)
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

/** The JAAS file that the configuration names, or an option of the JVM in the environment (`-D…=path`, perhaps in quotes). */
export function jaasFileOf(
  given: ReadonlyMap<string, { readonly text: string }>,
  environment: Readonly<Record<string, string | undefined>> = {},
): string | undefined {
  const named = given.get(JAAS_FILE)?.text.trim()
  if (named) return named
  for (const variable of ['KAFKA_OPTS', 'JAVA_TOOL_OPTIONS']) {
    const path = /(?:^|\s)["']?-Djava\.security\.auth\.login\.config==?(?:"([^"]+)"|'([^']+)'|([^\s"']+))/.exec(
      environment[variable] ?? '',
    )
    const found = path?.[1] ?? path?.[2] ?? path?.[3]
    if (found !== undefined) return found
  }
  return undefined
}
