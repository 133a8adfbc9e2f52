import type { BrokerConfig } from '../config/broker-config.ts'
import { variablesWithoutEffect } from '../config/environment.ts'
import { NodeDisk } from '../io/node-disk.ts'
import { NodeRandom } from '../io/node-random.ts'
import { META_PROPERTIES_FILE } from '../storage/names.ts'
import { type ContainerDirectories, containerConfig } from './container-config.ts'
import { formatDirectories } from './format-directories.ts'
import { checkHealth } from './health.ts'
import { isWholeQuorum } from './prepare-directories.ts'
import { serve } from './start.ts'
import { formatPlan } from './storage-format.ts'
import { UserError } from './user-error.ts'

export interface ContainerOptions extends ContainerDirectories {
  readonly health: boolean
}

/** What the image runs: configures from the environment, formats at the first start, and runs the node. */
export async function container(args: readonly string[], options: ContainerOptions): Promise<void> {
  const { config, clusterId } = containerConfig(process.env, args, options)
  if (options.health) {
    console.log(await checkHealth(config))
    return
  }
  const unused = variablesWithoutEffect(process.env)
  const prepare = (say: (line: string) => void) => {
    if (unused.length > 0) say(`These variables are for a JVM and have no effect here: ${unused.join(', ')}.`)
    formatOnce(config, clusterId, say)
  }
  await serve(config, prepare, process.env.KAFKA_LOG4J_ROOT_LOGLEVEL)
}

function formatOnce(config: BrokerConfig, clusterId: string, say: (line: string) => void): void {
  const { blocking: disk } = new NodeDisk()
  const standalone = config.isController && config.quorumVoters.length === 0
  const formatted = disk.stat(`${config.metadataLogDir}/${META_PROPERTIES_FILE}`) !== undefined
  if (standalone && !formatted && !isWholeQuorum(config)) {
    throw new UserError(
      'Set KAFKA_CONTROLLER_QUORUM_VOTERS, or format the volume by storage format with --initial-controllers or ' +
        '--no-initial-controllers: a container formats only itself or members of a static quorum.',
    )
  }
  // Where there is one already, a quorum is what it was.
  const quorum = standalone && formatted ? { withoutInitialControllers: true } : { standalone }
  const plan = formatPlan(config, { clusterId, ...quorum, ignoreFormatted: true })
  formatDirectories(plan, { disk, random: new NodeRandom(), nowMs: Date.now(), say })
}
