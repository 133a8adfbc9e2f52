import { type ErrorName, errorName, KafkaError } from '../base/errors.ts'

export type ClientErrorKind =
  /** Nobody answers there, or not with Kafka's protocol. */
  | 'unreachable'
  /** TLS did not come about. */
  | 'handshake'
  /** The connection broke while an answer was awaited, which may have been carried out. */
  | 'disconnected'
  /** No answer in time. */
  | 'timeout'
  /** The broker has no version of the API that this client has. */
  | 'unsupported'
  | 'closed'

/** No answer of Kafka's. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly kind: ClientErrorKind

  constructor(kind: ClientErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}

/** What a person should read where the broker sent only a code. */
const SENTENCES: { readonly [N in ErrorName]?: string } = {
  UNKNOWN_SERVER_ERROR: 'The broker met an error that it did not expect; its log says more.',
  UNKNOWN_TOPIC_OR_PARTITION: 'There is no such topic or partition, or this user may not see it.',
  UNKNOWN_TOPIC_ID: 'There is no topic of this id any more.',
  LEADER_NOT_AVAILABLE: 'The partition has no leader at present.',
  NOT_LEADER_OR_FOLLOWER: 'The broker is not the leader of the partition.',
  REQUEST_TIMED_OUT: 'The brokers did not do it in time.',
  COORDINATOR_NOT_AVAILABLE: 'The coordinator is not available.',
  COORDINATOR_LOAD_IN_PROGRESS: 'The coordinator is still loading.',
  NOT_COORDINATOR: 'The broker is not the coordinator.',
  INVALID_TOPIC_EXCEPTION: 'The name of the topic is not valid.',
  TOPIC_AUTHORIZATION_FAILED: 'Not authorized to access the topic.',
  GROUP_AUTHORIZATION_FAILED: 'Not authorized to access the group.',
  CLUSTER_AUTHORIZATION_FAILED: 'Not authorized to do this with the cluster.',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'Not authorized to use the transactional id.',
  SECURITY_DISABLED: 'The broker has no authorizer: set authorizer.class.name to have ACLs.',
  GROUP_ID_NOT_FOUND: 'There is no such group.',
  NON_EMPTY_GROUP: 'The group has members: stop them first.',
  UNKNOWN_MEMBER_ID: 'The group has no such member, or it has members where it must have none.',
  GROUP_SUBSCRIBED_TO_TOPIC: 'The group is subscribed to the topic: stop its members first.',
  OFFSET_OUT_OF_RANGE: 'The offset is not within the log.',
  MESSAGE_TOO_LARGE: 'The record is larger than max.message.bytes of the topic.',
  INVALID_RECORD: 'The record is not one that the topic takes.',
  NOT_ENOUGH_REPLICAS: 'There are fewer in-sync replicas than min.insync.replicas.',
  TOPIC_ALREADY_EXISTS: 'There is a topic of this name already.',
  TOPIC_DELETION_DISABLED: 'Deleting topics is switched off: delete.topic.enable is false.',
  POLICY_VIOLATION: 'A policy of the broker forbids it.',
  UNSUPPORTED_VERSION: 'The broker does not support this.',
  ILLEGAL_SASL_STATE: 'The listener wants a login first, or none.',
}

/** An error code of an answer, with the broker's sentence or ours. */
export function kafkaError(code: number, message?: string | null, about?: string): KafkaError {
  const name = errorName(code)
  // Apache Kafka sends an empty one for some.
  const sentence = message || (SENTENCES[name] ?? `The broker answered ${name}.`)
  return new KafkaError(name, about === undefined ? sentence : `${about}: ${sentence}`)
}

/** Throws where the answer, or the part of it, has an error. */
export function throwIfError(answer: { readonly errorCode: number; readonly errorMessage?: string | null }): void {
  if (answer.errorCode !== 0) throw kafkaError(answer.errorCode, answer.errorMessage)
}
