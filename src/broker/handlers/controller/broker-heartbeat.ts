import { ApiKey } from '../../../protocol/apis.ts'
import {
  BrokerHeartbeatRequest,
  type BrokerHeartbeatRequestData,
  BrokerHeartbeatResponse,
  type BrokerHeartbeatResponseInput,
} from '../../../protocol/messages/broker-heartbeat.ts'
import { type ControllerPort, orRefusal } from '../../admin.ts'
import { type Handler, handler } from '../../handler.ts'

export function brokerHeartbeatHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(ApiKey.BrokerHeartbeat, BrokerHeartbeatRequest, BrokerHeartbeatResponse, (request) =>
    orRefusal<BrokerHeartbeatResponseInput>(beat(controller, request), ({ code }) => ({
      throttleTimeMs: 0,
      errorCode: code,
      shouldShutDown: false,
    })),
  )
}

async function beat(controller: ControllerPort, request: BrokerHeartbeatRequestData) {
  const reply = await controller.submit({ type: 'brokerHeartbeat', ...request })
  return { throttleTimeMs: 0, errorCode: 0, ...reply }
}
