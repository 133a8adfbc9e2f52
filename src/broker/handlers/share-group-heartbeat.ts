import { KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  ShareGroupHeartbeatRequest,
  type ShareGroupHeartbeatRequestData,
  ShareGroupHeartbeatResponse,
} from '../../protocol/messages/share-group-heartbeat.ts'
import type { Access } from '../access.ts'
import { deniedOf, describableTopics, mayReadGroup } from '../authorization.ts'
import { javaHost } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'
import type { ShareGroups } from '../share/share-groups.ts'

const JOIN_EPOCH = 0
const LEAVE_EPOCH = -1
const MAX_MEMBER_ID = 36

export interface ShareGroupHeartbeatDeps {
  readonly groups: Pick<ShareGroups, 'heartbeat'>
  /** share.version, and the protocols that the coordinator speaks. */
  readonly isEnabled: () => boolean
  readonly access: Access
}

export function shareGroupHeartbeatHandler({ groups, isEnabled, access }: ShareGroupHeartbeatDeps): Handler {
  return handler(
    ApiKey.ShareGroupHeartbeat,
    ShareGroupHeartbeatRequest,
    ShareGroupHeartbeatResponse,
    async (request, context) => {
      const { clientId, connection } = context
      try {
        if (!isEnabled()) throw new KafkaError('UNSUPPORTED_VERSION')
        if (!mayReadGroup(access, context, request.groupId)) throw new KafkaError('GROUP_AUTHORIZATION_FAILED')
        requireMemberId(request)
        if (deniedOf(describableTopics(access, context), new Set(request.subscribedTopicNames)).size > 0) {
          throw new KafkaError('TOPIC_AUTHORIZATION_FAILED')
        }
        validate(request)
        const client = { clientId: clientId ?? '', clientHost: javaHost(connection.peerAddress) }
        const { assignment, newStates: _, ...reply } = await groups.heartbeat({ ...request, ...client })
        const given = assignment && { topicPartitions: [...assignment] }
        return { throttleTimeMs: 0, errorCode: 0, ...reply, assignment: given }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        const { code: errorCode, detail: errorMessage } = error
        return { throttleTimeMs: 0, errorCode, errorMessage, memberEpoch: 0, heartbeatIntervalMs: 0 }
      }
    },
  )
}

function requireMemberId({ memberId }: ShareGroupHeartbeatRequestData): void {
  // Kafka's broker refuses it before its coordinator could say why.
  if (memberId === '' || memberId.length > MAX_MEMBER_ID) throw new KafkaError('INVALID_REQUEST')
}

/** As Kafka does before it looks for the group. */
function validate({ groupId, memberId, rackId, memberEpoch, subscribedTopicNames }: ShareGroupHeartbeatRequestData) {
  notBlank(memberId, 'MemberId')
  notBlank(groupId, 'GroupId')
  notBlank(rackId, 'RackId')
  if (memberEpoch === JOIN_EPOCH) {
    const names = subscribedTopicNames?.length ?? 0
    must(names > 0, 'SubscribedTopicNames must be set in first request.')
  } else {
    must(memberEpoch >= LEAVE_EPOCH, 'MemberEpoch is invalid.')
  }
}

function notBlank(value: string | null, name: string): void {
  must(value === null || value.trim() !== '', `${name} can't be empty.`)
}

function must(condition: boolean, message: string): void {
  if (!condition) throw new KafkaError('INVALID_REQUEST', message)
}
