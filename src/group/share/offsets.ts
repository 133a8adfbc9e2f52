import { KafkaError } from '../../base/errors.ts'
import { type Uuid, ZERO_UUID } from '../../base/ids.ts'
import type { Token } from '../../base/machine.ts'
import type { GroupContext } from '../context.ts'
import type {
  AlterShareOffsetsCommand,
  DeleteShareOffsetsCommand,
  NewStates,
  ShareOffsetsDeletedCommand,
  ShareStatesCommand,
  TopicPartitionIds,
} from './commands.ts'
import { shareGroupToJoin } from './lifecycle.ts'
import { nowInitializing, type StateTopic } from './state-partitions.ts'
import { recordStates } from './states.ts'

/** A share group has no committed offsets: where it begins in a partition stands in the share coordinator's states. */
export function shareStates({ groups, outcome }: GroupContext, { groupId }: ShareStatesCommand, token: Token): void {
  const initialized = groups.ofKind('share', groupId)?.statePartitions?.initialized ?? []
  outcome.reply(
    token,
    [...initialized].map(([topicId, { partitions }]) => ({ topicId, partitions: [...partitions] })),
  )
}

/** @throws KafkaError GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP */
export function alterOffsets(context: GroupContext, command: AlterShareOffsetsCommand, token: Token): void {
  const { groupId } = command
  const group = shareGroupToJoin(context, groupId, true)
  if (group.members.size > 0) throw new KafkaError('NON_EMPTY_GROUP', 'The group is not empty.')
  const asked = merged(command.topics)
  const initializing = new Map<Uuid, StateTopic>()
  const made: NewStates['partitions'][number][] = []
  const topics = asked.map(({ topicName, partitions }) => {
    const topic = context.topics.source.named(topicName)
    const known = topic === undefined ? [] : partitions.filter(({ partitionIndex: at }) => at < topic.partitions)
    if (topic) {
      const ids = new Set(known.map(({ partitionIndex }) => partitionIndex))
      initializing.set(topic.id, { name: topicName, partitions: ids, sinceMs: context.nowMs })
      for (const { partitionIndex, startOffset } of known) {
        made.push({ topicId: topic.id, partition: partitionIndex, startOffset })
      }
    }
    return {
      topicName,
      topicId: topic?.id ?? ZERO_UUID,
      partitions: partitions.map((partition) => ({
        partitionIndex: partition.partitionIndex,
        isKnown: known.includes(partition),
      })),
    }
  })
  if (initializing.size > 0) recordStates(context, groupId, nowInitializing(group.statePartitions, initializing))
  context.outcome.reply(token, { topics, newStates: { stateEpoch: group.groupEpoch, partitions: made } })
}

/** Each topic once, where it first was. */
function merged(topics: AlterShareOffsetsCommand['topics']): AlterShareOffsetsCommand['topics'] {
  return [...Map.groupBy(topics, ({ topicName }) => topicName)].map(([topicName, parts]) => ({
    topicName,
    partitions: parts.flatMap(({ partitions }) => partitions),
  }))
}

/** @throws KafkaError GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP */
export function deleteOffsets(context: GroupContext, command: DeleteShareOffsetsCommand, token: Token): void {
  const group = context.groups.require('share', command.groupId)
  if (group.members.size > 0) throw new KafkaError('NON_EMPTY_GROUP', 'The group is not empty.')
  const toDelete: TopicPartitionIds[] = []
  const refused: { readonly topicName: string; readonly message: string }[] = []
  const state = group.statePartitions
  if (state) {
    const initialized = new Map(state.initialized)
    const deleting = new Set(state.deleting)
    /** Taken once; a refusal is repeated. */
    const taken = new Set<string>()
    for (const topicName of command.topicNames) {
      if (taken.has(topicName)) continue
      const topic = context.topics.source.named(topicName)
      const known = topic && initialized.get(topic.id)
      if (topic === undefined) {
        refused.push({ topicName, message: 'This server does not host this topic-partition.' })
      } else if (known) {
        taken.add(topicName)
        toDelete.push({ topicId: topic.id, partitions: [...known.partitions] })
        initialized.delete(topic.id)
        deleting.add(topic.id)
      } else if (deleting.has(topic.id)) {
        taken.add(topicName)
        toDelete.push({ topicId: topic.id, partitions: Array.from({ length: topic.partitions }, (_, at) => at) })
      } else {
        refused.push({ topicName, message: 'There is no offset information to delete.' })
      }
    }
    recordStates(context, group.groupId, { ...state, initialized, deleting })
  }
  context.outcome.reply(token, { toDelete, refused })
}

export function offsetsDeleted(context: GroupContext, command: ShareOffsetsDeletedCommand, token: Token): void {
  const state = context.groups.ofKind('share', command.groupId)?.statePartitions
  if (state) {
    const deleting = new Set([...state.deleting].filter((id) => !command.topicIds.includes(id)))
    recordStates(context, command.groupId, { ...state, deleting })
  }
  context.outcome.reply(token, null)
}
