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
    orRefusal<UnregisterBrokerResponseInput>(unregister(controller, brokerId), ({ code, detail }) =>
      answer(code, detail),
    ),
  )
}

async function unregister(controller: ControllerPort, brokerId: number) {
  await controller.submit({ type: 'unregisterBroker', brokerId })
  return answer(0, null)
}

function answer(errorCode: number, errorMessage: string | null): UnregisterBrokerResponseInput {
  return { throttleTimeMs: 0, errorCode, errorMessage }
}
