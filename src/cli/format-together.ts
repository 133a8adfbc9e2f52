import type { DirectoryId } from '../base/ids.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { NodeDisk } from '../io/node-disk.ts'
import { NodeRandom } from '../io/node-random.ts'
import { randomUuid } from '../io/random-uuid.ts'
import type { FormatVoter } from '../metadata/bootstrap.ts'
import { defaultFeatureLevels, KRAFT_VERSION, LATEST_METADATA_VERSION } from '../metadata/features.ts'
import { META_PROPERTIES_FILE } from '../storage/names.ts'
import { directoriesOf, formatDirectories, type InitialQuorum } from './format-directories.ts'

/**
 * Formats the directories of nodes that are a whole new cluster: none was ever formatted, and every voter of their quorum
 * is among them, so that there is no other node that they could disagree with.
 */
export function formatTogether(configs: readonly BrokerConfig[], say: (line: string) => void): void {
  const { blocking: disk } = new NodeDisk()
  const isFormatted = (dir: string) => disk.stat(`${dir}/${META_PROPERTIES_FILE}`) !== undefined
  if (configs.some((config) => directoriesOf(config).some(isFormatted))) return
  const random = new NodeRandom()
  const quorum = wholeQuorum(configs, () => randomUuid(random))
  if (quorum === undefined) return
  const features = defaultFeatureLevels(LATEST_METADATA_VERSION)
  features.set(KRAFT_VERSION, quorum.kind === 'voters' ? 1 : 0)
  const clusterId = randomUuid(random)
  for (const config of configs) {
    const own: InitialQuorum = config.isController ? quorum : { kind: 'elsewhere' }
    const plan = { config, clusterId, quorum: own, features, ignoreFormatted: true }
    formatDirectories(plan, { disk, random, nowMs: Date.now(), say: () => {} })
  }
  say(`Formatted the directories of ${configs.length} nodes for the new cluster ${clusterId}.`)
}

function wholeQuorum(configs: readonly BrokerConfig[], newId: () => DirectoryId): InitialQuorum | undefined {
  const controllers = configs.filter(({ isController }) => isController)
  const ids = new Set(controllers.map(({ nodeId }) => nodeId))
  const [first] = configs
  if (first === undefined || ids.size === 0) return undefined
  if (configs.some(({ quorumVoters }) => quorumVoters.length > 0)) {
    const isWhole = ({ quorumVoters }: BrokerConfig) =>
      quorumVoters.length === ids.size && quorumVoters.every(({ id }) => ids.has(id))
    return configs.every(isWhole) ? { kind: 'elsewhere' } : undefined
  }
  const voters = controllers.map((config) => voterOf(config, newId()))
  const known = new Set(voters.map(({ host, port }) => `${host}:${port}`))
  const isHere = ({ quorumBootstrapServers: servers }: BrokerConfig) =>
    servers.length > 0 && servers.every(({ host, port }) => known.has(`${host}:${port}`))
  return configs.every(isHere) ? { kind: 'voters', voters } : undefined
}

function voterOf(config: BrokerConfig, directoryId: DirectoryId): FormatVoter {
  const listener = config.controllerListeners.find(({ name }) => name === config.controllerListenerName)
  const { host, port } = listener?.advertised ?? listener ?? { host: '', port: 0 }
  const name = config.controllerListenerName
  return { id: config.nodeId, directoryId, listener: name, host: host === '' ? 'localhost' : host, port }
}
