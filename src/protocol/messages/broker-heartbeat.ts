import { array, bool, type Infer, type Input, int16, int32, int64, message, uuid } from '../schema.ts'

export const BrokerHeartbeatRequest = message(
  'BrokerHeartbeatRequest',
  { versions: '0-2', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    currentMetadataOffset: int64(),
    wantFence: bool(),
    wantShutDown: bool(),
    offlineLogDirs: array(uuid(), { versions: '1+', tag: 0, tagged: '1+' }),
    cordonedLogDirs: array(uuid(), { versions: '2+', nullable: '2+', default: null, tag: 1, tagged: '2+' }),
  },
)
export type BrokerHeartbeatRequestData = Infer<typeof BrokerHeartbeatRequest>

export const BrokerHeartbeatResponse = message(
  'BrokerHeartbeatResponse',
  { versions: '0-2', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    isCaughtUp: bool({ default: false }),
    isFenced: bool({ default: true }),
    shouldShutDown: bool(),
  },
)
export type BrokerHeartbeatResponseData = Infer<typeof BrokerHeartbeatResponse>
export type BrokerHeartbeatResponseInput = Input<typeof BrokerHeartbeatResponse>
