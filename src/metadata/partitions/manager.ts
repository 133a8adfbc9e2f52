import { KafkaError } from '../../base/errors.ts'
import type { Manager } from '../manager.ts'
import type { PartitionCommands } from './commands.ts'

/** Partitions that exist: their in-sync replicas, leaders, reassignments and directories. */
export function partitionManager(): Manager<PartitionCommands> {
  const later = (): never => {
    throw new KafkaError('UNSUPPORTED_VERSION')
  }
  return {
    alterPartition: later,
    electLeaders: later,
    alterPartitionReassignments: later,
    assignReplicasToDirs: later,
  }
}
