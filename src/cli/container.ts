import type { BrokerConfig } from '../config/broker-config.ts'
import { variablesWithoutEffect } from '../config/environment.ts'
import { NodeDisk } from '../io/node-disk.ts'
import { NodeRandom } from '../io/node-random.ts'
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
  const standalone = config.isController && config.quorumVoters.length === 0
  if (standalone && !isWholeQuorum(config)) {
    throw new UserError(
      'Set KAFKA_CONTROLLER_QUORUM_VOTERS: a container formats controllers with a static quorum only, or a single one.',
    )
  }
  const plan = formatPlan(config, { clusterId, standalone, ignoreFormatted: true })
  formatDirectories(plan, { disk: new NodeDisk().blocking, random: new NodeRandom(), nowMs: Date.now(), say })
}
