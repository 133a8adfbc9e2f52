import {
  array,
  type Infer,
  type Input,
  int16,
  int32,
  int64,
  message,
  records,
  string,
  struct,
  uint16,
  uuid,
} from '../schema.ts'

export const FetchSnapshotRequest = message(
  'FetchSnapshotRequest',
  { versions: '0-1', flexible: '0+' },
  {
    clusterId: string({ nullable: '0+', default: null, tag: 0, tagged: '0+' }),
    replicaId: int32({ default: -1 }),
    maxBytes: int32({ default: 0x7fffffff }),
    topics: array(
      struct({
        name: string(),
        partitions: array(
          struct({
            partition: int32(),
            currentLeaderEpoch: int32(),
            snapshotId: struct({
              endOffset: int64(),
              epoch: int32(),
            }),
            position: int64(),
            replicaDirectoryId: uuid({ versions: '1+', tag: 0, tagged: '1+' }),
          }),
        ),
      }),
    ),
  },
)
export type FetchSnapshotRequestData = Infer<typeof FetchSnapshotRequest>

export const FetchSnapshotResponse = message(
  'FetchSnapshotResponse',
  { versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    topics: array(
      struct({
        name: string(),
        partitions: array(
          struct({
            index: int32(),
            errorCode: int16(),
            snapshotId: struct({
              endOffset: int64(),
              epoch: int32(),
            }),
            currentLeader: struct(
              {
                leaderId: int32(),
                leaderEpoch: int32(),
              },
              { tag: 0, tagged: '0+' },
            ),
            size: int64(),
            position: int64(),
            unalignedRecords: records(),
          }),
        ),
      }),
    ),
    nodeEndpoints: array(
      struct({
        nodeId: int32(),
        host: string(),
        port: uint16(),
      }),
      { versions: '1+', tag: 0, tagged: '1+' },
    ),
  },
)
export type FetchSnapshotResponseData = Infer<typeof FetchSnapshotResponse>
export type FetchSnapshotResponseInput = Input<typeof FetchSnapshotResponse>
