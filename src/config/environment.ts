/** How Apache Kafka's container image turns its environment into a properties file. */

import { jaasFileOf } from './own-configs.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'KAFKA_'

/** For the JVM, its logging and the image itself: no configs of the broker. */
const NOT_CONFIGS: ReadonlySet<string> = new Set([
  'KAFKA_VERSION',
  'KAFKA_HEAP_OPTS',
  'KAFKA_LOG4J_OPTS',
  'KAFKA_OPTS',
  'KAFKA_JMX_OPTS',
  'KAFKA_JVM_PERFORMANCE_OPTS',
  'KAFKA_GC_LOG_OPTS',
  'KAFKA_LOG4J_ROOT_LOGLEVEL',
  'KAFKA_LOG4J_LOGGERS',
  'KAFKA_TOOLS_LOG4J_LOGLEVEL',
  'KAFKA_JMX_HOSTNAME',
])

/** `KAFKA_A_B__C___D` is the config `a.b_c-d`; undefined where the variable is none. */
export function configNameOf(variable: string): string | undefined {
  if (!variable.startsWith(PREFIX) || NOT_CONFIGS.has(variable)) return undefined
  const dotted = variable.slice(PREFIX.length).toLowerCase().replaceAll('_', '.')
  return dotted.replaceAll('...', '-').replaceAll('..', '_')
}

/** Variables for a JVM that were set and change nothing where there is none. */
export function variablesWithoutEffect(environment: Environment): string[] {
  const used = ['KAFKA_VERSION', 'KAFKA_LOG4J_ROOT_LOGLEVEL']
  // It may name the file with the logins.
  if (jaasFileOf(new Map(), environment) !== undefined) used.push('KAFKA_OPTS')
  return [...NOT_CONFIGS].filter((name) => environment[name] && !used.includes(name))
}

/**
 * The lines that the image puts behind a mounted `server.properties`. The values are not escaped: a backslash in one is an
 * escape of the file, as in Kafka's image.
 */
export function propertiesTextFrom(environment: Environment): string {
  const lines: string[] = []
  for (const [variable, value] of Object.entries(environment)) {
    const name = value === undefined ? undefined : configNameOf(variable)
    if (name !== undefined) lines.push(`${name}=${value}\n`)
  }
  return lines.join('')
}

/** Without KAFKA_LISTENERS a broker listens on every interface at the ports that it advertises. */
export function withListeners(environment: Environment): Environment {
  const { KAFKA_LISTENERS: listeners, KAFKA_ADVERTISED_LISTENERS: advertised } = environment
  if (listeners || !advertised || environment.KAFKA_PROCESS_ROLES === 'controller') return environment
  return { ...environment, KAFKA_LISTENERS: advertised.replaceAll(/:\/\/[^:]*:/g, '://0.0.0.0:') }
}
