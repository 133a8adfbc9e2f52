import { ErrorCode, type ErrorName, errorName, KafkaError } from '../../base/errors.ts'
import { isUuid } from '../../base/ids.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { SHARE_GROUP_STATE_TOPIC, TRANSACTION_STATE_TOPIC } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
  type FindCoordinatorResponseInput,
} from '../../protocol/messages/find-coordinator.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { DENIALS } from '../authorization.ts'
import type { AutoTopicCreation } from '../auto-create.ts'
import type { BrokerNode, Endpoints } from '../endpoints.ts'
import { type GroupCoordinator, OFFSETS_TOPIC } from '../groups.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'

/** From here on a request can ask for several keys. */
const BATCH_SINCE = 4
const SHARE_SINCE = 6

const GROUP = 0
const TRANSACTION = 1
const SHARE = 2

/** What Kafka's clients show for these codes; older versions of the answer carry the sentence. */
const SENTENCES: { readonly [E in ErrorName]?: string } = {
  ...DENIALS,
  COORDINATOR_NOT_AVAILABLE: 'The coordinator is not available.',
  INVALID_REQUEST:
    'This most likely occurs because of a request being malformed by the client library or the message was sent to an ' +
    'incompatible broker. See the broker logs for more details.',
}

export interface FindCoordinatorDeps {
  readonly groups: Pick<GroupCoordinator, 'partitionFor'>
  /** Of `__transaction_state`, for a transactional id. */
  readonly transactionPartition: (transactionalId: string) => number
  /** Of `__share_group_state`, for a share partition. */
  readonly sharePartition: (key: string) => number
  readonly image: () => Pick<MetadataImage, 'topic' | 'broker'>
  readonly endpoints: Pick<Endpoints, 'node'>
  readonly autoCreate: Pick<AutoTopicCreation, 'request'>
  readonly access: Access
}

type Found = BrokerNode | ErrorName

export function findCoordinatorHandler(deps: FindCoordinatorDeps): Handler {
  return handler(
    ApiKey.FindCoordinator,
    FindCoordinatorRequest,
    FindCoordinatorResponse,
    (request, context): FindCoordinatorResponseInput => {
      const { keyType } = request
      const known = keyType === GROUP || keyType === TRANSACTION || keyType === SHARE
      if (context.apiVersion < BATCH_SINCE) {
        const found = known ? find(deps, keyType, request.key, context) : 'INVALID_REQUEST'
        const { errorCode, ...node } = answer(found)
        const errorMessage = typeof found === 'string' ? (SENTENCES[found] ?? found) : 'NONE'
        return { errorCode, errorMessage, ...node }
      }
      const coordinators = request.coordinatorKeys.map((key) => {
        if (known) return { key, errorMessage: '', ...answer(find(deps, keyType, key, context)) }
        return { key, errorMessage: SENTENCES.INVALID_REQUEST ?? '', ...answer('INVALID_REQUEST') }
      })
      return { coordinators }
    },
    (request, errorCode, { apiVersion }) => {
      const failed = { ...answer('UNKNOWN_SERVER_ERROR'), errorCode }
      if (apiVersion < BATCH_SINCE) return { ...failed, errorMessage: null }
      const errorMessage = SENTENCES[errorName(errorCode)] ?? ''
      return { coordinators: request.coordinatorKeys.map((key) => ({ key, errorMessage, ...failed })) }
    },
  )
}

function answer(found: Found) {
  if (typeof found === 'string') return { errorCode: ErrorCode[found], nodeId: -1, host: '', port: -1 }
  return { errorCode: ErrorCode.NONE, nodeId: found.id, host: found.host, port: found.port }
}

function find(deps: FindCoordinatorDeps, keyType: number, key: string, context: RequestContext): Found {
  const denied = denialOf(deps.access, keyType, key, context)
  if (denied !== undefined) return denied
  if (keyType === SHARE && (context.apiVersion < SHARE_SINCE || !isShareKey(key))) return 'INVALID_REQUEST'
  const image = deps.image()
  const name = TOPICS[keyType] ?? OFFSETS_TOPIC
  const topic = image.topic(name)
  if (topic === undefined) {
    deps.autoCreate.request([name])
    return 'COORDINATOR_NOT_AVAILABLE'
  }
  const leader = topic.partitions[partitionOf(deps, keyType, key)]?.leader ?? -1
  const fenced = image.broker(leader)?.fenced ?? true
  const node = fenced ? undefined : deps.endpoints.node(leader, context.connection)
  return node ?? 'COORDINATOR_NOT_AVAILABLE'
}

function denialOf(access: Access, keyType: number, key: string, context: RequestContext): ErrorName | undefined {
  const { DESCRIBE, CLUSTER_ACTION } = AclOperation
  if (keyType === GROUP) {
    return access.may(context, DESCRIBE, ResourceType.GROUP, key) ? undefined : 'GROUP_AUTHORIZATION_FAILED'
  }
  if (keyType === TRANSACTION) {
    const may = access.may(context, DESCRIBE, ResourceType.TRANSACTIONAL_ID, key)
    return may ? undefined : 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'
  }
  // Only brokers look for those who keep the states of share groups; the whole request is refused.
  if (context.apiVersion >= SHARE_SINCE && !access.mayCluster(context, CLUSTER_ACTION)) {
    throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED')
  }
  return undefined
}

const TOPICS = [OFFSETS_TOPIC, TRANSACTION_STATE_TOPIC, SHARE_GROUP_STATE_TOPIC] as const

function partitionOf(deps: FindCoordinatorDeps, keyType: number, key: string): number {
  if (keyType === SHARE) return deps.sharePartition(key)
  return keyType === GROUP ? deps.groups.partitionFor(key) : deps.transactionPartition(key)
}

/** `group:topicId:partition` (KIP-932). */
function isShareKey(key: string): boolean {
  const [group = '', topicId = '', partition = '', ...more] = key.split(':')
  return more.length === 0 && group.trim() !== '' && isUuid(topicId) && /^\d+$/.test(partition)
}
