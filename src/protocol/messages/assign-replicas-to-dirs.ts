import { array, type Infer, type Input, int16, int32, int64, message, struct, uuid } from '../schema.ts'

export const AssignReplicasToDirsRequest = message(
  'AssignReplicasToDirsRequest',
  { versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    directories: array(
      struct({
        id: uuid(),
        topics: array(
          struct({
            topicId: uuid(),
            partitions: array(
              struct({
                partitionIndex: int32(),
              }),
            ),
          }),
        ),
      }),
    ),
  },
)
export type AssignReplicasToDirsRequestData = Infer<typeof AssignReplicasToDirsRequest>

export const AssignReplicasToDirsResponse = message(
  'AssignReplicasToDirsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    directories: array(
      struct({
        id: uuid(),
        topics: array(
          struct({
            topicId: uuid(),
            partitions: array(
              struct({
                partitionIndex: int32(),
                errorCode: int16(),
              }),
            ),
          }),
        ),
      }),
    ),
  },
)
export type AssignReplicasToDirsResponseData = Infer<typeof AssignReplicasToDirsResponse>
export type AssignReplicasToDirsResponseInput = Input<typeof AssignReplicasToDirsResponse>
