import { KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { JoinGroupRequest, JoinGroupResponse, type JoinGroupResponseInput } from '../../protocol/messages/join-group.ts'
import { type GroupCoordinator, javaHost } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

/** The first version with a rebalance timeout of its own. */
const REBALANCE_TIMEOUT_SINCE = 1
const KNOWN_MEMBER_ID_SINCE = 4
/** From here on a protocol that is not chosen is null, not empty. */
const NULL_PROTOCOL_SINCE = 7
const SKIP_ASSIGNMENT_SINCE = 9

export function joinGroupHandler({ groups }: { readonly groups: Pick<GroupCoordinator, 'join'> }): Handler {
  return handler(ApiKey.JoinGroup, JoinGroupRequest, JoinGroupResponse, async (request, context) => {
    const { apiVersion, clientId, connection } = context
    const shaped = (response: JoinGroupResponseInput): JoinGroupResponseInput =>
      apiVersion >= NULL_PROTOCOL_SINCE ? response : { ...response, protocolName: response.protocolName ?? '' }
    try {
      const reply = await groups.join({
        ...request,
        rebalanceTimeoutMs:
          apiVersion >= REBALANCE_TIMEOUT_SINCE ? request.rebalanceTimeoutMs : request.sessionTimeoutMs,
        clientId: clientId ?? '',
        clientHost: javaHost(connection.peerAddress),
        requiresKnownMemberId: apiVersion >= KNOWN_MEMBER_ID_SINCE,
        supportsSkippingAssignment: apiVersion >= SKIP_ASSIGNMENT_SINCE,
      })
      return shaped(reply)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      const { memberId } = request
      return shaped({ errorCode: error.code, protocolName: null, leader: '', memberId, members: [] })
    }
  })
}
