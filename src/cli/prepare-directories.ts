import { hostname } from 'node:os'
import type { BrokerConfig } from '../config/broker-config.ts'
import { NodeDisk } from '../io/node-disk.ts'
import { NodeRandom } from '../io/node-random.ts'
import { randomUuid } from '../io/random-uuid.ts'
import { defaultFeatureLevels, KRAFT_VERSION, LATEST_METADATA_VERSION } from '../metadata/features.ts'
import { completeMetaProperties, type MetaProperties, readMetaProperties } from '../storage/meta-properties.ts'
import { META_PROPERTIES_FILE, METADATA_TOPIC } from '../storage/names.ts'
import { directoriesOf, formatDirectories } from './format-directories.ts'
import { UserError } from './user-error.ts'

/**
 * Sees to it that the directories are formatted before a node starts. A node that is its whole quorum formats itself: there
 * is no other node that it could disagree with. A new directory beside formatted ones joins them, as in Kafka.
 */
export function prepareDirectories(config: BrokerConfig, file: string | undefined, say: (line: string) => void): void {
  const disk = new NodeDisk().blocking
  const random = new NodeRandom()
  const metas = new Map(directoriesOf(config).map((dir) => [dir, metaOf(disk, dir, random)]))
  const known = metas.get(config.metadataLogDir)
  const missing = [...metas.values()].some((meta) => meta === undefined)
  if (known && !missing) return
  if (!known && !isWholeQuorum(config)) throw notFormatted(config, file)
  if (!known) refuseLostIdentity(disk, config.metadataLogDir)
  const features = defaultFeatureLevels(LATEST_METADATA_VERSION)
  const isStatic = config.quorumVoters.length > 0
  features.set(KRAFT_VERSION, isStatic ? 0 : 1)
  const [other] = [...metas.values()].filter((meta) => meta !== undefined)
  const clusterId = known?.clusterId ?? other?.clusterId ?? randomUuid(random)
  const kind = isStatic || known ? 'elsewhere' : 'standalone'
  const plan = { config, clusterId, quorum: { kind }, features, ignoreFormatted: true } as const
  formatDirectories(plan, { disk, random, nowMs: Date.now(), say: () => {} })
  say(`Formatted ${config.metadataLogDir} for the new cluster ${clusterId}.`)
}

/** A new identity for what has been in use: its quorum would wait for the old one for ever, its partitions would be nobody's. */
function refuseLostIdentity(disk: NodeDisk['blocking'], dir: string): void {
  const log = `${dir}/${METADATA_TOPIC}-0`
  if (!disk.stat(log) || !disk.entries(log).some(({ name }) => name === 'quorum-state' || name.endsWith('.log'))) return
  throw new UserError(
    `Put ${META_PROPERTIES_FILE} back into ${dir}, or set another directory in log.dirs: it has the metadata of a cluster and nothing that says which.`,
  )
}

function metaOf(disk: NodeDisk['blocking'], dir: string, random: NodeRandom): MetaProperties | undefined {
  const stat = disk.stat(dir)
  if (stat && !stat.isDirectory) throw new UserError(`Set log.dirs to directories: ${dir} is a file.`)
  try {
    if (stat === undefined) return undefined
    completeMetaProperties(disk, dir, () => randomUuid(random))
    return readMetaProperties(disk, dir)
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error))
  }
}

/** No node but this one can be a voter. */
export function isWholeQuorum(config: BrokerConfig): boolean {
  if (!config.isBroker || !config.isController) return false
  if (config.quorumVoters.length > 0) return config.quorumVoters.length === 1
  const own = config.controllerListeners.map(({ host, port, advertised }) => advertised ?? { host, port })
  const isOwn = (server: { host: string; port: number }) =>
    own.some(
      ({ host, port }) => server.port === port && (isEverywhere(host) ? isHere(server.host) : host === server.host),
    )
  return config.quorumBootstrapServers.length === 1 && config.quorumBootstrapServers.every(isOwn)
}

const isEverywhere = (host: string): boolean => host === '' || host === '0.0.0.0' || host === '::'

/** Another machine may have the same port: only a name that can't be its is taken for our own. */
const isHere = (host: string): boolean =>
  host === 'localhost' || host === '127.0.0.1' || host === '::1' || host === hostname()

function notFormatted(config: BrokerConfig, file: string | undefined): UserError {
  const command = `npm start -- storage format -t <cluster id> -c ${file ?? 'server.properties'}`
  const quorum = config.quorumVoters.length > 0 || !config.isController ? '' : ' --initial-controllers <controllers>'
  const id = 'the same cluster id on every node, from: npm start -- storage random-uuid'
  return new UserError(`Run ${command}${quorum} (${id}): ${config.metadataLogDir} was never formatted.`)
}
