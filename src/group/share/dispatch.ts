import { unreachable } from '../../base/assert.ts'
import type { Token } from '../../base/machine.ts'
import type { GroupContext } from '../context.ts'
import type { ShareGroupCommand } from './commands.ts'
import { describeShareGroups } from './describe.ts'
import { shareHeartbeat } from './heartbeat.ts'
import { alterOffsets, deleteOffsets, offsetsDeleted, shareStates } from './offsets.ts'
import { forgetTopics, prepareDeletion, statesMade } from './states.ts'

export function shareCommand(context: GroupContext, command: ShareGroupCommand, token: Token): void {
  switch (command.type) {
    case 'shareHeartbeat':
      shareHeartbeat(context, command, token)
      break
    case 'describeShareGroups':
      describeShareGroups(context, command, token)
      break
    case 'shareStatesMade':
      statesMade(context, command, token)
      break
    case 'shareStates':
      shareStates(context, command, token)
      break
    case 'alterShareOffsets':
      alterOffsets(context, command, token)
      break
    case 'deleteShareOffsets':
      deleteOffsets(context, command, token)
      break
    case 'shareOffsetsDeleted':
      offsetsDeleted(context, command, token)
      break
    case 'prepareShareDeletion':
      prepareDeletion(context, command, token)
      break
    case 'shareTopicsDeleted':
      forgetTopics(context, command, token)
      break
    default:
      unreachable(command)
  }
}
