import { KafkaError } from '../../base/errors.ts'
import type { BrokerImage, MetadataImage } from '../image.ts'

/** The broker, if it is still in the epoch that it speaks of. */
export function brokerInEpoch(image: MetadataImage, brokerId: number, brokerEpoch: number): BrokerImage {
  const broker = image.broker(brokerId)
  if (!broker) throw new KafkaError('STALE_BROKER_EPOCH', `No broker registration found for broker id ${brokerId}`)
  if (broker.epoch !== brokerEpoch) {
    throw new KafkaError(
      'STALE_BROKER_EPOCH',
      `Expected broker epoch ${broker.epoch}, but got broker epoch ${brokerEpoch}`,
    )
  }
  return broker
}
