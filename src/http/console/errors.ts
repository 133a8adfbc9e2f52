import { z } from 'zod'
import { KafkaError } from '../../base/errors.ts'
import { ClientError } from '../../client/client-error.ts'
import type { ErrorAnswer, OwnErrorCode } from './api.ts'
import { isRegistryRefusal } from './registry-view.ts'

/** A request that is answered with an error of this server's own. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly code: OwnErrorCode
  readonly fields: ErrorAnswer['error']['fields']

  constructor(status: number, code: OwnErrorCode, message: string, fields?: ErrorAnswer['error']['fields']) {
    super(message)
    this.status = status
    this.code = code
    this.fields = fields
  }
}

export interface StatusAndAnswer {
  readonly status: number
  readonly answer: ErrorAnswer
  /** Nobody foresaw it: it belongs into the log. */
  readonly isOurs?: true
}

/** Of Fastify: what it refuses by itself. */
interface Refusal extends Error {
  readonly statusCode?: number
  readonly code?: string
}

const MOST_FIELDS = 20

export function errorAnswer(error: unknown): StatusAndAnswer {
  if (error instanceof HttpError) {
    const { status, code, message, fields } = error
    return { status, answer: { error: { code, message, ...(fields && { fields }) } } }
  }
  if (error instanceof KafkaError) return { status: statusOf(error.error), answer: saying(error) }
  if (error instanceof ClientError) {
    return { status: 503, answer: { error: { code: 'UNREACHABLE', message: error.message } } }
  }
  if (isRegistryRefusal(error)) {
    return { status: error.status, answer: { error: { code: String(error.code), message: error.message } } }
  }
  if (error instanceof z.ZodError) return { status: 400, answer: invalid(error) }
  const { statusCode, code, message } = error as Refusal
  if (statusCode === 413) return own(413, 'TOO_LARGE', 'The body of the request is too large.')
  if (statusCode === 415) return own(415, 'NOT_JSON', 'Send the body as application/json.')
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return own(statusCode, 'BAD_REQUEST', code?.startsWith('FST_') ? message : 'The request can not be read.')
  }
  return { ...own(500, 'INTERNAL', 'Something went wrong in the broker; its log says what.'), isOurs: true }
}

function own(status: number, code: OwnErrorCode, message: string): StatusAndAnswer {
  return { status, answer: { error: { code, message } } }
}

export function saying({ error, detail, message }: KafkaError): ErrorAnswer {
  const fix = FIXES[error]
  return { error: { code: error, message: detail ?? message, ...(fix !== undefined && { fix }) } }
}

function invalid({ issues }: z.ZodError): ErrorAnswer {
  const fields = issues.slice(0, MOST_FIELDS).map(({ path, message }) => ({ path: path.join('.'), message }))
  const [first] = fields
  const where = first === undefined || first.path === '' ? '' : `${first.path}: `
  return { error: { code: 'BAD_REQUEST', message: `${where}${first?.message ?? 'The request is not valid.'}`, fields } }
}

const NOT_FOUND = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'GROUP_ID_NOT_FOUND',
  'RESOURCE_NOT_FOUND',
  'TRANSACTIONAL_ID_NOT_FOUND',
  'UNKNOWN_MEMBER_ID',
  'NO_REASSIGNMENT_IN_PROGRESS',
  'BROKER_ID_NOT_REGISTERED',
])
const CONFLICT = new Set([
  'TOPIC_ALREADY_EXISTS',
  'NON_EMPTY_GROUP',
  'GROUP_SUBSCRIBED_TO_TOPIC',
  'CONCURRENT_TRANSACTIONS',
  'REASSIGNMENT_IN_PROGRESS',
  'DUPLICATE_RESOURCE',
  'PREFERRED_LEADER_NOT_AVAILABLE',
  'ELIGIBLE_LEADERS_NOT_AVAILABLE',
])
const UNAVAILABLE = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'BROKER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'NOT_CONTROLLER',
  'NETWORK_EXCEPTION',
  'KAFKA_STORAGE_ERROR',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
])

function statusOf(error: string): number {
  if (error.endsWith('_AUTHORIZATION_FAILED')) return 403
  if (error === 'SASL_AUTHENTICATION_FAILED' || error === 'UNSUPPORTED_SASL_MECHANISM') return 401
  if (NOT_FOUND.has(error)) return 404
  if (CONFLICT.has(error)) return 409
  if (UNAVAILABLE.has(error)) return 503
  if (error === 'REQUEST_TIMED_OUT') return 504
  if (error === 'THROTTLING_QUOTA_EXCEEDED') return 429
  if (error === 'MESSAGE_TOO_LARGE' || error === 'RECORD_LIST_TOO_LARGE') return 413
  if (error === 'UNKNOWN_SERVER_ERROR') return 500
  return 400
}

const FIXES: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: 'Ask for an ACL on the topic; the page "Refusals" has the command.',
  GROUP_AUTHORIZATION_FAILED: 'Ask for an ACL on the group; the page "Refusals" has the command.',
  CLUSTER_AUTHORIZATION_FAILED: 'Ask for an ACL on the cluster; the page "Refusals" has the command.',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'Ask for an ACL on the transactional id; the page "Refusals" has the command.',
  NON_EMPTY_GROUP: 'Stop the members of the group first.',
  INVALID_REPLICATION_FACTOR: 'Choose no more replicas than there are brokers.',
  NOT_ENOUGH_REPLICAS: 'Start the brokers that are missing, or lower min.insync.replicas of the topic.',
  SECURITY_DISABLED: 'Set authorizer.class.name in the configuration of all nodes to have ACLs.',
  THROTTLING_QUOTA_EXCEEDED: 'Try again in a moment, or raise the quota.',
  MESSAGE_TOO_LARGE: 'Raise max.message.bytes of the topic.',
}
