import { ApiKey } from '../../../protocol/apis.ts'
import {
  ControllerRegistrationRequest,
  type ControllerRegistrationRequestData,
  ControllerRegistrationResponse,
  type ControllerRegistrationResponseInput,
} from '../../../protocol/messages/controller-registration.ts'
import { type ControllerPort, orRefusal } from '../../admin.ts'
import { type Handler, handler } from '../../handler.ts'
import { rangesOf } from './supported-features.ts'

export function controllerRegistrationHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(
    ApiKey.ControllerRegistration,
    ControllerRegistrationRequest,
    ControllerRegistrationResponse,
    (request) =>
      orRefusal<ControllerRegistrationResponseInput>(register(controller, request), ({ code, detail }) => ({
        throttleTimeMs: 0,
        errorCode: code,
        errorMessage: detail,
      })),
  )
}

async function register(controller: ControllerPort, request: ControllerRegistrationRequestData) {
  await controller.submit({
    type: 'registerController',
    controllerId: request.controllerId,
    incarnationId: request.incarnationId,
    zkMigrationReady: request.zkMigrationReady,
    endpoints: request.listeners,
    features: rangesOf(request.features),
  })
  return { throttleTimeMs: 0, errorCode: 0, errorMessage: null }
}
