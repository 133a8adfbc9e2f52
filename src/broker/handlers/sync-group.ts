import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { SyncGroupRequest, SyncGroupResponse } from '../../protocol/messages/sync-group.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

/** From here on a member has to say which protocol it believes in (KIP-559). */
const PROTOCOL_REQUIRED_SINCE = 5
const NO_ASSIGNMENT = Buffer.alloc(0)

export function syncGroupHandler({ groups }: { readonly groups: Pick<GroupCoordinator, 'sync'> }): Handler {
  return handler(ApiKey.SyncGroup, SyncGroupRequest, SyncGroupResponse, async (request, { apiVersion }) => {
    const named = request.protocolType !== null && request.protocolName !== null
    if (apiVersion >= PROTOCOL_REQUIRED_SINCE && !named) {
      return { errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL, assignment: NO_ASSIGNMENT }
    }
    try {
      return await groups.sync(request)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { errorCode: error.code, assignment: NO_ASSIGNMENT }
    }
  })
}
