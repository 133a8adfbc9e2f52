import { ConfigError } from './config-error.ts'
import type { HostAndPort } from './listeners.ts'

const HTTP_LISTENERS = 'odradek.http.listeners'
/** A system property of Java, where Kafka's brokers have it. */
const JAAS_FILE = 'java.security.auth.login.config'

/** Likewise: lists of what OAUTHBEARER may read. Left out: whatever the configuration names. */
export const OAUTH_URLS = 'org.apache.kafka.sasl.oauthbearer.allowed.urls'
export const OAUTH_FILES = 'org.apache.kafka.sasl.oauthbearer.allowed.files'

/** Configs that Kafka does not have. Its tools are not shown them. */
export const OWN_NAMES: readonly string[] = [HTTP_LISTENERS, JAAS_FILE, OAUTH_URLS, OAUTH_FILES]

const LISTENER = /^http:\/\/(?<host>\[[0-9a-fA-F:.]+\]|[^\s:/[\]]*):(?<port>\d{1,5})\/?$/

/** `http://host:port` pairs, separated by commas; without a host it is every address. Throws a `ConfigError`. */
export function httpListeners(given: ReadonlyMap<string, { readonly text: string }>): HostAndPort[] {
  const text = given.get(HTTP_LISTENERS)?.text.trim() ?? ''
  return text === '' ? [] : text.split(/\s*,\s*/).map(parseListener)
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
