import { ErrorCode } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  CreatePartitionsRequest,
  type CreatePartitionsRequestData,
  CreatePartitionsResponse,
  type CreatePartitionsResponseInput,
} from '../../protocol/messages/create-partitions.ts'
import { type ControllerPort, orRefusal } from '../admin.ts'
import { type Handler, handler } from '../handler.ts'

export function createPartitionsHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(ApiKey.CreatePartitions, CreatePartitionsRequest, CreatePartitionsResponse, (request) =>
    orRefusal<CreatePartitionsResponseInput>(create(controller, request), (error) => ({
      throttleTimeMs: 0,
      results: request.topics.map(({ name }) => ({ name, errorCode: error.code, errorMessage: error.detail })),
    })),
  )
}

async function create(
  controller: ControllerPort,
  { topics, validateOnly }: CreatePartitionsRequestData,
): Promise<CreatePartitionsResponseInput> {
  const results = await controller.submit({ type: 'createPartitions', topics, validateOnly })
  return {
    throttleTimeMs: 0,
    results: results.map(({ name, error, message }) => ({ name, errorCode: ErrorCode[error], errorMessage: message })),
  }
}
