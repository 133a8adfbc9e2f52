import { ErrorCode } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  CreatePartitionsRequest,
  type CreatePartitionsRequestData,
  CreatePartitionsResponse,
  type CreatePartitionsResponseInput,
} from '../../protocol/messages/create-partitions.ts'
import { type ControllerPort, orRefusal } from '../admin.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import { beginMutations, type MutationDeps } from '../mutation-throttle.ts'

export interface CreatePartitionsDeps extends MutationDeps {
  readonly controller: ControllerPort
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
  { topics, validateOnly }: CreatePartitionsRequestData,
  context: RequestContext,
): Promise<CreatePartitionsResponseInput> {
  const { count, throttleTimeMs } = beginMutations(deps, context, KNOWS_QUOTA_SINCE)
  const results = await deps.controller.submit({ type: 'createPartitions', topics, validateOnly, count })
  return {
    throttleTimeMs: throttleTimeMs(),
    results: results.map(({ name, error, message }) => ({ name, errorCode: ErrorCode[error], errorMessage: message })),
  }
}
