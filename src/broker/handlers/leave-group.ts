import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { LeaveGroupRequest, LeaveGroupResponse } from '../../protocol/messages/leave-group.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

/** From here on several members can leave at once, each with its own result. */
const BATCH_SINCE = 3

export function leaveGroupHandler({ groups }: { readonly groups: Pick<GroupCoordinator, 'leave'> }): Handler {
  return handler(ApiKey.LeaveGroup, LeaveGroupRequest, LeaveGroupResponse, async (request, { apiVersion }) => {
    const { groupId, memberId } = request
    const batch = apiVersion >= BATCH_SINCE
    try {
      const leaving = batch ? request.members : [{ memberId, groupInstanceId: null, reason: null }]
      const { members } = await groups.leave({ groupId, members: leaving })
      if (batch) return { errorCode: ErrorCode.NONE, members }
      return { errorCode: members[0]?.errorCode ?? ErrorCode.NONE }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { errorCode: error.code, members: [] }
    }
  })
}
