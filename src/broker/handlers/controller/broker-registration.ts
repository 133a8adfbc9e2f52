import { KafkaError } from '../../../base/errors.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import {
  BrokerRegistrationRequest,
  type BrokerRegistrationRequestData,
  BrokerRegistrationResponse,
  type BrokerRegistrationResponseInput,
} from '../../../protocol/messages/broker-registration.ts'
import { type ControllerPort, orRefusal } from '../../admin.ts'
import { type Handler, handler } from '../../handler.ts'
import { rangesOf } from './supported-features.ts'

export function brokerRegistrationHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(ApiKey.BrokerRegistration, BrokerRegistrationRequest, BrokerRegistrationResponse, (request) =>
    orRefusal<BrokerRegistrationResponseInput>(register(controller, request), ({ code }) => ({
      throttleTimeMs: 0,
      errorCode: code,
      brokerEpoch: -1,
    })),
  )
}

async function register(controller: ControllerPort, request: BrokerRegistrationRequestData) {
  // ZooKeeper's brokers could only migrate until Kafka 4.0.
  if (request.isMigratingZkBroker) throw new KafkaError('BROKER_ID_NOT_REGISTERED')
  const { brokerEpoch } = await controller.submit({
    type: 'registerBroker',
    brokerId: request.brokerId,
    clusterId: request.clusterId,
    incarnationId: request.incarnationId,
    endpoints: request.listeners,
    features: rangesOf(request.features),
    rack: request.rack,
    logDirs: request.logDirs,
    previousBrokerEpoch: request.previousBrokerEpoch,
  })
  return { throttleTimeMs: 0, errorCode: 0, brokerEpoch }
}
