import type { DirectoryId } from '../base/ids.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { BlockingDisk, Random } from '../io/ports.ts'
import { randomUuid } from '../io/random-uuid.ts'
import { type FormatVoter, formatRecords } from '../metadata/bootstrap.ts'
import { METADATA_VERSION, metadataVersionName } from '../metadata/features.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import { type MetaProperties, readMetaProperties, writeMetaProperties } from '../storage/meta-properties.ts'
import { logFolder, METADATA_TOPIC } from '../storage/names.ts'
import { UserError } from './user-error.ts'

/** Who the first voters of the metadata quorum are, and whether the quorum is dynamic (KIP-853). */
export type InitialQuorum =
  /** From `controller.quorum.voters`, or unknown to this node, which joins later: nothing is written. */
  | { readonly kind: 'elsewhere' }
  /** This node alone. */
  | { readonly kind: 'standalone' }
  | { readonly kind: 'voters'; readonly voters: readonly FormatVoter[] }

export interface FormatPlan {
  readonly config: BrokerConfig
  readonly clusterId: string
  readonly quorum: InitialQuorum
  /** Name → level; see `defaultFeatureLevels`. */
  readonly features: ReadonlyMap<string, number>
  /** Further records of the new cluster. */
  readonly records?: readonly MetadataRecord[]
  /** Skip directories that are formatted instead of refusing. */
  readonly ignoreFormatted: boolean
}

export interface FormatWorld {
  readonly disk: BlockingDisk
  readonly random: Random
  readonly nowMs: number
  /** Told what `kafka-storage.sh format` prints. */
  say(line: string): void
}

const BOOTSTRAP_FILE = 'bootstrap.checkpoint'
const FIRST_SNAPSHOT = '00000000000000000000-0000000000.checkpoint'

/** Every directory of a node, the metadata directory among them, by name. */
export function directoriesOf(config: BrokerConfig): string[] {
  return [...new Set([...config.logDirs, config.metadataLogDir])].sort()
}

/**
 * Makes the files that a node needs before its first start. `meta.properties` is written last in each directory: a
 * directory where the power failed half-way counts as not formatted.
 */
export function formatDirectories(plan: FormatPlan, world: FormatWorld): void {
  const { config, clusterId } = plan
  const directories = directoriesOf(config)
  const present = new Map<string, MetaProperties>()
  for (const dir of directories) {
    const meta = readIfFormatted(world.disk, dir)
    if (!meta) continue
    verify(dir, meta, plan)
    present.set(dir, meta)
  }
  const [formatted] = present.keys()
  if (formatted !== undefined && !plan.ignoreFormatted) {
    throw new UserError(
      `Log directory ${formatted} is already formatted. Use --ignore-formatted to ignore this directory and format the others.`,
    )
  }
  const empty = directories.filter((dir) => !present.has(dir))
  if (empty.length === 0) {
    world.say('All of the log directories are already formatted.')
    return
  }
  const release = metadataVersionName(plan.features.get(METADATA_VERSION) ?? 0)
  const used = new Set([...present.values()].map((meta) => meta.directoryId))
  world.say(bootstrapLine(plan.features, plan.records ?? []))
  // The metadata directory comes last: it is the one that makes the node formatted.
  for (const dir of empty.sort((a, b) => Number(a === config.metadataLogDir) - Number(b === config.metadataLogDir))) {
    const directoryId = directoryIdFor(dir, plan, world, used)
    const voters = dir === config.metadataLogDir ? votersFor(plan, directoryId) : undefined
    world.say(`Formatting ${describe(dir, plan, voters)} ${dir} with ${METADATA_VERSION} ${release}.`)
    const files = formatRecords({ features: plan.features, records: plan.records ?? [], voters, nowMs: world.nowMs })
    world.disk.makeDirectory(dir)
    world.disk.replaceFile(`${dir}/${BOOTSTRAP_FILE}`, files.bootstrap)
    if (files.standalone) {
      const folder = `${dir}/${logFolder(METADATA_TOPIC, 0)}`
      world.disk.makeDirectory(folder)
      world.disk.replaceFile(`${folder}/${FIRST_SNAPSHOT}`, files.standalone)
    }
    writeMetaProperties(world.disk, dir, { clusterId, nodeId: config.nodeId, directoryId })
  }
}

function readIfFormatted(disk: BlockingDisk, dir: string): MetaProperties | undefined {
  const stat = disk.stat(dir)
  if (stat && !stat.isDirectory) throw new UserError(`Set log.dirs to directories: ${dir} is a file.`)
  try {
    return stat && readMetaProperties(disk, dir)
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error))
  }
}

function verify(dir: string, meta: MetaProperties, plan: FormatPlan): void {
  const file = `${dir}/meta.properties`
  if (meta.clusterId !== plan.clusterId) {
    throw new UserError(
      `Invalid cluster.id in: ${file}. Expected ${plan.clusterId}, but read ${meta.clusterId}: give that with --cluster-id, ` +
        'or set other directories in log.dirs.',
    )
  }
  if (meta.nodeId !== plan.config.nodeId) {
    throw new UserError(
      `Invalid node.id in: ${file}. Expected ${plan.config.nodeId}, but read ${meta.nodeId}: set that as node.id, or set ` +
        'other directories in log.dirs.',
    )
  }
}

function directoryIdFor(dir: string, plan: FormatPlan, world: FormatWorld, used: Set<DirectoryId>): DirectoryId {
  const { config, quorum } = plan
  const own = quorum.kind === 'voters' ? quorum.voters.find((voter) => voter.id === config.nodeId) : undefined
  if (own && dir === config.metadataLogDir) return own.directoryId
  let id = randomUuid(world.random)
  while (used.has(id)) id = randomUuid(world.random)
  used.add(id)
  return id
}

function votersFor({ config, quorum }: FormatPlan, directoryId: DirectoryId): readonly FormatVoter[] | undefined {
  if (quorum.kind === 'elsewhere') return undefined
  if (quorum.kind === 'voters') return quorum.voters
  const listener = config.controllerListeners.find(({ name }) => name === config.controllerListenerName)
  const { host, port } = listener?.advertised ?? listener ?? { host: '', port: 0 }
  const name = config.controllerListenerName
  return [{ id: config.nodeId, directoryId, listener: name, host: host === '' ? 'localhost' : host, port }]
}

function describe(dir: string, { config }: FormatPlan, voters: readonly FormatVoter[] | undefined): string {
  if (dir !== config.metadataLogDir) return 'data directory'
  if (voters === undefined) return 'metadata directory'
  const votes = voters.some((voter) => voter.id === config.nodeId)
  return votes ? 'dynamic metadata voter directory' : 'dynamic metadata directory'
}

/** Kafka prints the keys of credentials too. */
function bootstrapLine(features: ReadonlyMap<string, number>, more: readonly MetadataRecord[]): string {
  const level = features.get(METADATA_VERSION) ?? 0
  const others = [...features].filter(
    ([name, value]) => value > 0 && name !== METADATA_VERSION && name !== 'kraft.version',
  )
  const records = [[METADATA_VERSION, level] as const, ...others.sort(([a], [b]) => (a < b ? -1 : 1))].map(
    ([name, value]) => `ApiMessageAndVersion(FeatureLevelRecord(name='${name}', featureLevel=${value}) at version 0)`,
  )
  for (const { type, data } of more) {
    const name = 'name' in data ? `name='${data.name}', …` : '…'
    records.push(`ApiMessageAndVersion(${type}(${name}) at version 0)`)
  }
  return `Bootstrap metadata: BootstrapMetadata(records=[${records.join(', ')}], metadataVersionLevel=${level}, source=format command)`
}
