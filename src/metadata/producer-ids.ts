import { KafkaError } from '../base/errors.ts'
import { brokerInEpoch } from './cluster/epochs.ts'
import type { Manager } from './manager.ts'
import { metadataRecord } from './records.ts'

export interface ProducerIdBlock {
  readonly firstProducerId: number
  readonly size: number
}

export interface ProducerIdCommands {
  /** A block of producer ids that nobody else will ever get. */
  allocateProducerIds: {
    command: { readonly brokerId: number; readonly brokerEpoch: number }
    reply: ProducerIdBlock
  }
}

const BLOCK_SIZE = 1000

export function producerIdManager(): Manager<ProducerIdCommands> {
  return {
    allocateProducerIds({ brokerId, brokerEpoch }, { image }) {
      brokerInEpoch(image, brokerId, brokerEpoch)
      const first = Math.max(image.nextProducerId, 0)
      if (first > Number.MAX_SAFE_INTEGER - BLOCK_SIZE) {
        throw new KafkaError('UNKNOWN_SERVER_ERROR', `Exhausted all producerIds as the next block's end producerId`)
      }
      const record = metadataRecord('ProducerIdsRecord', { brokerId, brokerEpoch, nextProducerId: first + BLOCK_SIZE })
      return { records: [record], reply: { firstProducerId: first, size: BLOCK_SIZE } }
    },
  }
}
