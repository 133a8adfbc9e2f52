import type { Uuid } from '../../base/ids.ts'
import type { Token } from '../../base/machine.ts'
import type { GroupContext } from '../context.ts'
import type {
  PrepareShareDeletionCommand,
  ShareTopicsDeletedCommand,
  StatesMadeCommand,
  TopicPartitionIds,
} from './commands.ts'
import { statePartitionsRecord } from './records.ts'
import type { ShareGroup } from './share-group.ts'
import { joinTopics, NO_STATE, type StatePartitions, type StateTopic, withoutPartitions } from './state-partitions.ts'

export function recordStates(context: GroupContext, groupId: string, state: StatePartitions): void {
  const { source } = context.topics
  context.outcome.records.push(statePartitionsRecord(groupId, state, (id) => source.withId(id)?.name))
}

/** The share coordinator has answered: these partitions may be given to members, or are to be asked for again. */
export function statesMade(context: GroupContext, command: StatesMadeCommand, token: Token): void {
  const { groupId, partitions, made } = command
  const group = context.groups.ofKind('share', groupId)
  if (group && partitions.size > 0) {
    const state = group.statePartitions ?? NO_STATE
    const initializing = withoutPartitions(state.initializing, partitions)
    if (made)
      recordStates(context, groupId, { ...state, initializing, initialized: withMade(context, state, partitions) })
    else if (state.initializing.size > 0) recordStates(context, groupId, { ...state, initializing })
  }
  context.outcome.reply(token, null)
}

function withMade(context: GroupContext, state: StatePartitions, made: StatesMadeCommand['partitions']) {
  const { nowMs, topics } = context
  const named = [...made].map(([topicId, partitions]): [Uuid, StateTopic] => {
    const name = topics.source.withId(topicId)?.name ?? '<UNKNOWN>'
    return [topicId, { name, partitions, sinceMs: nowMs }]
  })
  return joinTopics(state.initialized, new Map(named))
}

/** Topics that are gone; their states go with them. */
export function forgetTopics(context: GroupContext, { topicIds }: ShareTopicsDeletedCommand, token: Token): void {
  const gone = new Set(topicIds)
  const left = <V>(topics: ReadonlyMap<Uuid, V>) => new Map([...topics].filter(([id]) => !gone.has(id)))
  for (const { groupId, statePartitions: state } of context.groups.shares.values()) {
    if (state === undefined) continue
    const had = [...state.initializing.keys(), ...state.initialized.keys(), ...state.deleting]
    if (!had.some((id) => gone.has(id))) continue
    const deleting = new Set([...state.deleting].filter((id) => !gone.has(id)))
    recordStates(context, groupId, {
      initializing: left(state.initializing),
      initialized: left(state.initialized),
      deleting,
    })
  }
  context.outcome.reply(token, null)
}

/** Before a share group is deleted its states are. */
export function prepareDeletion(context: GroupContext, { groupIds }: PrepareShareDeletionCommand, token: Token): void {
  const prepared = groupIds.flatMap((groupId) => {
    const group = context.groups.ofKind('share', groupId)
    if (group === undefined) return []
    if (group.members.size > 0) return [{ groupId, isRefused: true, toDelete: [] }]
    return [{ groupId, isRefused: false, toDelete: deleteAll(context, group) }]
  })
  context.outcome.reply(token, prepared)
}

function deleteAll(context: GroupContext, group: ShareGroup): TopicPartitionIds[] {
  const state = group.statePartitions
  if (state === undefined) return []
  let topics = joinTopics(state.initialized, state.initializing)
  for (const topicId of state.deleting) {
    const topic = context.topics.source.withId(topicId)
    if (topic === undefined) continue
    const partitions = new Set(Array.from({ length: topic.partitions }, (_, partition) => partition))
    topics = joinTopics(topics, new Map([[topicId, { name: topic.name, partitions, sinceMs: -1 }]]))
  }
  recordStates(context, group.groupId, { ...NO_STATE, deleting: new Set(topics.keys()) })
  return [...topics].map(([topicId, { partitions }]) => ({ topicId, partitions: [...partitions] }))
}
