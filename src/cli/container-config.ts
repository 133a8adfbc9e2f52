import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BrokerConfig } from '../config/broker-config.ts'
import { type Environment, propertiesTextFrom, withListeners } from '../config/environment.ts'
import { parseProperties } from '../config/properties.ts'
import { readProperties } from './load-config.ts'
import { UserError } from './user-error.ts'

/** The cluster id of Kafka's image where CLUSTER_ID is not set. */
const DEFAULT_CLUSTER_ID = '5L6g3nShT-eMCtK--X86sw'
const FILE = 'server.properties'

/** Directories of the image; those of Kafka's image. */
export interface ContainerDirectories {
  /** A `server.properties` in it is what the environment is laid over. */
  readonly mounted: string
  /** Key stores and the files with their passwords. */
  readonly secrets: string
  /** Where the data goes when nobody says where: the volume, not the container's own layer. */
  readonly data: string
}

export interface ContainerConfig {
  readonly config: BrokerConfig
  readonly clusterId: string
}

/** What a container runs with when neither the environment nor a mounted file says anything: a cluster of its own. */
const DEFAULT_FILE = new URL('../../config/container.properties', import.meta.url)

/** What Kafka's image makes of its environment (`VAR=value` arguments over it) and the mounted files. */
export function containerConfig(
  given: Environment,
  args: readonly string[],
  directories: ContainerDirectories,
): ContainerConfig {
  const environment = withListeners(checked(withSecrets({ ...given, ...assignments(args) }, directories.secrets)))
  const mounted = join(directories.mounted, FILE)
  const properties = existsSync(mounted) ? readProperties(mounted) : new Map<string, string>()
  for (const [name, value] of parseProperties(propertiesTextFrom(environment))) properties.set(name, value)
  const file = properties.size > 0 ? properties : parseProperties(readFileSync(DEFAULT_FILE, 'utf8'))
  if (!file.has('log.dirs') && !file.has('log.dir')) file.set('log.dirs', directories.data)
  return { config: new BrokerConfig({ file }), clusterId: environment.CLUSTER_ID || DEFAULT_CLUSTER_ID }
}

function assignments(args: readonly string[]): Record<string, string> {
  const entries = args.map((arg) => {
    const [name = '', ...value] = arg.split('=')
    if (name === '' || value.length === 0) throw new UserError(`Write arguments of container as NAME=value: '${arg}'.`)
    return [name, value.join('=')] as const
  })
  return Object.fromEntries(entries)
}

function checked(environment: Environment): Environment {
  if (environment.KAFKA_PROCESS_ROLES !== 'controller') return environment
  const { KAFKA_ADVERTISED_LISTENERS: advertised, ...others } = environment
  if (!advertised) return others
  throw new UserError('Take KAFKA_ADVERTISED_LISTENERS out of the environment: a controller does not support it.')
}

/** Key stores are named by file names in the directory of secrets, their passwords by the names of files that hold them. */
function withSecrets(environment: Environment, directory: string): Environment {
  if (!environment.KAFKA_ADVERTISED_LISTENERS?.includes('SSL://')) return environment
  const found: Record<string, string> = {}
  const named = (variable: string): string => {
    const name = environment[variable]
    if (!name) throw new UserError(`Set ${variable}: an advertised listener uses TLS.`)
    const path = join(directory, name)
    if (!existsSync(path)) throw new UserError(`Put the file that ${variable} names at ${path}: there is none.`)
    return path
  }
  const password = (variable: string): string => readFileSync(named(variable), 'utf8').replace(/\n+$/, '')
  found.KAFKA_SSL_KEYSTORE_LOCATION = named('KAFKA_SSL_KEYSTORE_FILENAME')
  found.KAFKA_SSL_KEY_PASSWORD = password('KAFKA_SSL_KEY_CREDENTIALS')
  found.KAFKA_SSL_KEYSTORE_PASSWORD = password('KAFKA_SSL_KEYSTORE_CREDENTIALS')
  if (/required|requested/.test(environment.KAFKA_SSL_CLIENT_AUTH ?? '')) {
    found.KAFKA_SSL_TRUSTSTORE_LOCATION = named('KAFKA_SSL_TRUSTSTORE_FILENAME')
    found.KAFKA_SSL_TRUSTSTORE_PASSWORD = password('KAFKA_SSL_TRUSTSTORE_CREDENTIALS')
  }
  return { ...environment, ...found }
}
