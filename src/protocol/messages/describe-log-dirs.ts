import { array, bool, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema.ts'

export const DescribeLogDirsRequest = message(
  'DescribeLogDirsRequest',
  { versions: '1-5', flexible: '2+' },
  {
    topics: array(
      struct({
        topic: string(),
        partitions: array(int32()),
      }),
      { nullable: '0+' },
    ),
  },
)
export type DescribeLogDirsRequestData = Infer<typeof DescribeLogDirsRequest>

export const DescribeLogDirsResponse = message(
  'DescribeLogDirsResponse',
  { versions: '1-5', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16({ versions: '3+' }),
    results: array(
      struct({
        errorCode: int16(),
        logDir: string(),
        topics: array(
          struct({
            name: string(),
            partitions: array(
              struct({
                partitionIndex: int32(),
                partitionSize: int64(),
                offsetLag: int64(),
                isFutureKey: bool(),
              }),
            ),
          }),
        ),
        totalBytes: int64({ versions: '4+', default: -1 }),
        usableBytes: int64({ versions: '4+', default: -1 }),
        isCordoned: bool({ versions: '5+', default: false }),
      }),
    ),
  },
)
export type DescribeLogDirsResponseData = Infer<typeof DescribeLogDirsResponse>
export type DescribeLogDirsResponseInput = Input<typeof DescribeLogDirsResponse>
