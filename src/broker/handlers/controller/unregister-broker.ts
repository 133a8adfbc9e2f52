import { ApiKey } from '../../../protocol/apis.ts'
import {
  UnregisterBrokerRequest,
  UnregisterBrokerResponse,
  type UnregisterBrokerResponseInput,
} from '../../../protocol/messages/unregister-broker.ts'
import { type ControllerPort, orRefusal } from '../../admin.ts'
import { type Handler, handler } from '../../handler.ts'

export function unregisterBrokerHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(ApiKey.UnregisterBroker, UnregisterBrokerRequest, UnregisterBrokerResponse, ({ brokerId }) =>
    orRefusal<UnregisterBrokerResponseInput>(unregister(controller, brokerId), ({ code }) => answer(code)),
  )
}

async function unregister(controller: ControllerPort, brokerId: number) {
  await controller.submit({ type: 'unregisterBroker', brokerId })
  return answer(0)
}

/** Kafka leaves the sentence out. */
function answer(errorCode: number): UnregisterBrokerResponseInput {
  return { throttleTimeMs: 0, errorCode, errorMessage: null }
}
