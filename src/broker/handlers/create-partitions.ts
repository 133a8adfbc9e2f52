import { ErrorCode } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  CreatePartitionsRequest,
  type CreatePartitionsRequestData,
  CreatePartitionsResponse,
  type CreatePartitionsResponseInput,
} from '../../protocol/messages/create-partitions.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { type ControllerPort, namedOnce, needsTime, orRefusal } from '../admin.ts'
import { deniedOf } from '../authorization.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import { beginMutations, type MutationDeps } from '../mutation-throttle.ts'

export interface CreatePartitionsDeps extends MutationDeps {
  readonly controller: ControllerPort
  readonly access: Access
}

/** Clients of this version on know that a quota may refuse them (KIP-599). */
const KNOWS_QUOTA_SINCE = 3

export function createPartitionsHandler(deps: CreatePartitionsDeps): Handler {
  return handler(ApiKey.CreatePartitions, CreatePartitionsRequest, CreatePartitionsResponse, (request, context) =>
    orRefusal<CreatePartitionsResponseInput>(create(deps, request, context), (error) => ({
      throttleTimeMs: 0,
      results: request.topics.map(({ name }) => ({ name, errorCode: error.code, errorMessage: error.detail })),
    })),
  )
}

async function create(
  deps: CreatePartitionsDeps,
  { topics, timeoutMs, validateOnly }: CreatePartitionsRequestData,
  context: RequestContext,
): Promise<CreatePartitionsResponseInput> {
  const { count, throttleTimeMs } = beginMutations(deps, context, KNOWS_QUOTA_SINCE)
  const { access, controller } = deps
  const question = { access, context, operation: AclOperation.ALTER, resourceType: ResourceType.TOPIC }
  const names = namedOnce(topics)
  const denied = deniedOf(question, names)
  if (names.some((name) => !denied.has(name))) needsTime(timeoutMs)
  const allowed = denied.size === 0 ? topics : topics.filter(({ name }) => !denied.has(name))
  const results = await controller.submit({ type: 'createPartitions', topics: allowed, validateOnly, count })
  const refused = Array.from(denied, (name) => ({ name, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED }))
  const decided = results.map(({ name, error, message }) => ({
    name,
    errorCode: ErrorCode[error],
    errorMessage: message,
  }))
  return { throttleTimeMs: throttleTimeMs(), results: [...decided, ...refused] }
}
