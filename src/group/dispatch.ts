import type { Token } from '../base/machine.ts'
import type { GroupCommand } from './commands.ts'
import { describeConsumerGroups } from './consumer/describe.ts'
import { consumerHeartbeat } from './consumer/heartbeat.ts'
import { topicsChanged } from './consumer/lifecycle.ts'
import type { GroupContext } from './context.ts'
import { deleteGroups, describeGroups, listGroups } from './group-commands.ts'
import { join } from './join.ts'
import { heartbeat, leave, sync } from './membership.ts'
import { commitOffsets, deleteOffsets, fetchOffsets } from './offset-commands.ts'
import { describeShareGroups } from './share/describe.ts'
import { shareHeartbeat } from './share/heartbeat.ts'
import { alterOffsets, deleteOffsets as deleteShareOffsets, offsetsDeleted, shareStates } from './share/offsets.ts'
import { forgetTopics, prepareDeletion, statesMade } from './share/states.ts'
import { describeStreamsGroups } from './streams/describe.ts'
import { streamsHeartbeat } from './streams/heartbeat.ts'
import { commitTransactional } from './transactional-offsets.ts'

/** All but the one that is the machine's own. */
type Dispatched = Exclude<GroupCommand, { readonly type: 'topicsDeleted' }>

type Handlers = {
  readonly [T in Dispatched['type']]: (
    context: GroupContext,
    command: Extract<Dispatched, { readonly type: T }>,
    token: Token,
  ) => void
}

const HANDLERS: Handlers = {
  join,
  sync,
  heartbeat,
  leave,
  commitOffsets,
  commitTransactional,
  fetchOffsets,
  deleteOffsets,
  deleteGroups,
  describeGroups,
  listGroups,
  topicsChanged,
  consumerHeartbeat,
  describeConsumerGroups,
  streamsHeartbeat,
  describeStreamsGroups,
  shareHeartbeat,
  describeShareGroups,
  shareStatesMade: statesMade,
  shareStates,
  alterShareOffsets: alterOffsets,
  deleteShareOffsets,
  shareOffsetsDeleted: offsetsDeleted,
  prepareShareDeletion: prepareDeletion,
  shareTopicsDeleted: forgetTopics,
}

/** @throws KafkaError for an error of the whole request */
export function dispatch(context: GroupContext, command: Dispatched, token: Token): void {
  const handle = HANDLERS[command.type] as (context: GroupContext, command: Dispatched, token: Token) => void
  handle(context, command, token)
}
