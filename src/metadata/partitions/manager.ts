import type { Manager } from '../manager.ts'
import { alterPartition } from './alter.ts'
import type { PartitionCommands } from './commands.ts'
import { assignReplicasToDirs } from './directories.ts'
import { electLeaders } from './elections.ts'
import { alterPartitionReassignments } from './reassign.ts'
import type { LeaderDefaults } from './rules.ts'

/** Partitions that exist: their in-sync replicas, leaders, reassignments and directories. */
export function partitionManager(defaults: LeaderDefaults): Manager<PartitionCommands> {
  return {
    alterPartition: (command, { image }) => alterPartition(command, image, defaults),
    electLeaders: (command, { image }) => electLeaders(command, image, defaults),
    alterPartitionReassignments: (command, { image }) => alterPartitionReassignments(command, image, defaults),
    assignReplicasToDirs: (command, { image }) => assignReplicasToDirs(command, image, defaults),
  }
}
