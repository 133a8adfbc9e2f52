import { array, type Infer, type Input, int16, int32, message, string, struct, uint16, uuid } from '../schema.ts'

export const EndQuorumEpochRequest = message(
  'EndQuorumEpochRequest',
  { versions: '0-1', flexible: '1+' },
  {
    clusterId: string({ nullable: '0+', default: null }),
    topics: array(
      struct({
        topicName: string(),
        partitions: array(
          struct({
            partitionIndex: int32(),
            leaderId: int32(),
            leaderEpoch: int32(),
            preferredSuccessors: array(int32(), { versions: '0' }),
            preferredCandidates: array(
              struct({
                candidateId: int32(),
                candidateDirectoryId: uuid(),
              }),
              { versions: '1+' },
            ),
          }),
        ),
      }),
    ),
    leaderEndpoints: array(
      struct({
        name: string(),
        host: string(),
        port: uint16(),
      }),
      { versions: '1+' },
    ),
  },
)
export type EndQuorumEpochRequestData = Infer<typeof EndQuorumEpochRequest>

export const EndQuorumEpochResponse = message(
  'EndQuorumEpochResponse',
  { versions: '0-1', flexible: '1+' },
  {
    errorCode: int16(),
    topics: array(
      struct({
        topicName: string(),
        partitions: array(
          struct({
            partitionIndex: int32(),
            errorCode: int16(),
            leaderId: int32(),
            leaderEpoch: int32(),
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
export type EndQuorumEpochResponseData = Infer<typeof EndQuorumEpochResponse>
export type EndQuorumEpochResponseInput = Input<typeof EndQuorumEpochResponse>
