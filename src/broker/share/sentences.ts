import { type ErrorName, errorName } from '../../base/errors.ts'
import { DENIALS } from '../authorization.ts'

/** What Kafka's brokers say beside these codes where a share API has a place for it. */
const SENTENCES: { readonly [E in ErrorName]?: string } = {
  ...DENIALS,
  UNKNOWN_SERVER_ERROR: 'The server experienced an unexpected error when processing the request.',
  UNKNOWN_TOPIC_OR_PARTITION: 'This server does not host this topic-partition.',
  LEADER_NOT_AVAILABLE: 'There is no leader for this topic-partition as we are in the middle of a leadership election.',
  NOT_LEADER_OR_FOLLOWER:
    'For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition.',
  COORDINATOR_LOAD_IN_PROGRESS: "The coordinator is loading and hence can't process requests.",
  COORDINATOR_NOT_AVAILABLE: 'The coordinator is not available.',
  NOT_COORDINATOR: 'This is not the correct coordinator.',
  INVALID_GROUP_ID: 'The group id is invalid.',
  UNSUPPORTED_VERSION: 'The version of API is not supported.',
  INVALID_REQUEST:
    'This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.',
  NON_EMPTY_GROUP: 'The group is not empty.',
  GROUP_ID_NOT_FOUND: 'The group id does not exist.',
  FENCED_LEADER_EPOCH: 'The leader epoch in the request is older than the epoch on the broker.',
  FENCED_STATE_EPOCH: 'The share coordinator rejected the request because the share-group state epoch did not match.',
  UNKNOWN_TOPIC_ID: 'This server does not host this topic ID.',
  SHARE_SESSION_NOT_FOUND: 'The share session was not found.',
  INVALID_SHARE_SESSION_EPOCH: 'The share session epoch is invalid.',
  SHARE_SESSION_LIMIT_REACHED: 'The limit of share sessions has been reached.',
  INVALID_RECORD_STATE: 'The record state is invalid. The acknowledgement of delivery could not be completed.',
  KAFKA_STORAGE_ERROR: 'Disk error when trying to access log file on the disk.',
  OFFSET_NOT_AVAILABLE:
    'The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing.',
}

export function sentenceOf(code: number): string {
  const name = errorName(code)
  return SENTENCES[name] ?? name
}
