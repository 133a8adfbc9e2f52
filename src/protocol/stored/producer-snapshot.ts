import { array, type Infer, int16, int32, int64, message, struct, uint32 } from '../schema.ts'

export const ProducerSnapshot = message(
  'ProducerSnapshot',
  { versions: '1', flexible: 'none' },
  {
    crc: uint32(),
    producerEntries: array(
      struct({
        producerId: int64(),
        epoch: int16(),
        lastSequence: int32(),
        lastOffset: int64(),
        offsetDelta: int32(),
        timestamp: int64(),
        coordinatorEpoch: int32(),
        currentTxnFirstOffset: int64(),
      }),
    ),
  },
)
export type ProducerSnapshotData = Infer<typeof ProducerSnapshot>
