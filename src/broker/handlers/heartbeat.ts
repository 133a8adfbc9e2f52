import { KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { HeartbeatRequest, HeartbeatResponse } from '../../protocol/messages/heartbeat.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

export function heartbeatHandler({ groups }: { readonly groups: Pick<GroupCoordinator, 'heartbeat'> }): Handler {
  return handler(ApiKey.Heartbeat, HeartbeatRequest, HeartbeatResponse, async (request) => {
    try {
      return await groups.heartbeat(request)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { errorCode: error.code }
    }
  })
}
