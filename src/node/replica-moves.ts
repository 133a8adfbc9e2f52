import { ReplicaMoves } from '../broker/replica-moves.ts'
import type { ReplicaRegistry } from '../broker/replicas.ts'
import { areaOf } from '../io/log-levels.ts'
import { ReplicationQuota } from '../partition/replication-quota.ts'
import type { LogManager } from '../storage/log-manager.ts'
import { isCordonedBy } from './effective-config.ts'
import type { World } from './world.ts'

const RATE = 'replica.alter.log.dirs.io.max.bytes.per.second'

/** Moves of replicas between this broker's log directories. */
export function openReplicaMoves(world: World, logs: LogManager, replicas: ReplicaRegistry): ReplicaMoves {
  const { config, effective, clock, onFatal } = world
  const quota = new ReplicationQuota({
    samples: config.get('alter.log.dirs.replication.quota.window.num'),
    sampleMs: config.get('alter.log.dirs.replication.quota.window.size.seconds') * 1000,
  })
  effective.follow(() => {
    const text = effective.layers.text(RATE)
    quota.limit = text === null ? Number.POSITIVE_INFINITY : Number(text)
  })
  const moves = new ReplicaMoves({
    logs,
    replicas,
    clock,
    logger: areaOf(world.logger, 'storage'),
    quota,
    atATime: config.get('num.replica.alter.log.dirs.threads') ?? config.logDirs.length,
    isCordoned: (dir) => isCordonedBy(effective.value('cordoned.log.dirs'), dir),
    onFatal,
  })
  replicas.onDropped((topic, partition) => moves.cancel(topic, partition))
  return moves
}
