import { ConfigError } from './config-error.ts'
import type { Given } from './http-listeners.ts'
import { BUILT_IN_REGISTRY, REGISTRY_NAMES } from './registry-config.ts'
import { TRACE_NAMES } from './trace-config.ts'

/** Where the console, metrics and health are served. */
export const HTTP_LISTENERS = 'odradek.http.listeners'
/** Prefix of the TLS settings that are theirs alone: `listener.name.odradek_http.ssl.…`. */
export const HTTP_ENDPOINT = 'ODRADEK_HTTP'
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

/** The JAAS file that the configuration names, or an option of the JVM in the environment (`-D…=path`, perhaps in quotes). */
export function jaasFileOf(
  given: Given,
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
