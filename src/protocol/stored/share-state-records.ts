import { array, type Infer, int8, int16, int32, int64, message, string, struct, uuid } from '../schema.ts'

/** Type 0. */
export const ShareSnapshotKey = message(
  'ShareSnapshotKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
    topicId: uuid(),
    partition: int32(),
  },
)
export type ShareSnapshotKeyData = Infer<typeof ShareSnapshotKey>

export const ShareSnapshotValue = message(
  'ShareSnapshotValue',
  { versions: '0', flexible: '0+' },
  {
    snapshotEpoch: int32(),
    stateEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: int64(),
    deliveryCompleteCount: int32({ default: -1, tag: 0, tagged: '0+' }),
    createTimestamp: int64(),
    writeTimestamp: int64(),
    stateBatches: array(
      struct({
        firstOffset: int64(),
        lastOffset: int64(),
        deliveryState: int8(),
        deliveryCount: int16(),
      }),
    ),
  },
)
export type ShareSnapshotValueData = Infer<typeof ShareSnapshotValue>

/** Type 1. */
export const ShareUpdateKey = message(
  'ShareUpdateKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
    topicId: uuid(),
    partition: int32(),
  },
)
export type ShareUpdateKeyData = Infer<typeof ShareUpdateKey>

export const ShareUpdateValue = message(
  'ShareUpdateValue',
  { versions: '0', flexible: '0+' },
  {
    snapshotEpoch: int32(),
    leaderEpoch: int32(),
    startOffset: int64(),
    deliveryCompleteCount: int32({ default: -1, tag: 0, tagged: '0+' }),
    stateBatches: array(
      struct({
        firstOffset: int64(),
        lastOffset: int64(),
        deliveryState: int8(),
        deliveryCount: int16(),
      }),
    ),
  },
)
export type ShareUpdateValueData = Infer<typeof ShareUpdateValue>
