import { KafkaError } from '../../base/errors.ts'
import { elrEnabled } from '../features.ts'
import { ConfigResource, type MetadataImage } from '../image.ts'
import { type MetadataRecord, metadataRecord } from '../records.ts'
import { type ConfigChanges, checkChanges } from './change.ts'
import type { BrokerConfigSchema } from './schema.ts'

const MIN_ISR = 'min.insync.replicas'

/** Configs of one broker, or of all of them where the name is empty. */
export function brokerConfigRecords(
  image: MetadataImage,
  resourceName: string,
  before: ReadonlyMap<string, string>,
  changes: ConfigChanges,
  schema: BrokerConfigSchema,
): MetadataRecord[] {
  checkName(resourceName)
  // Tools take away what they may have set: there is no harm in that where it was not.
  const isNothing = (name: string) => changes.get(name) === null && !before.has(name)
  const fixed = [...changes.keys()].filter((name) => !schema.isApplied(name) && !isNothing(name))
  if (fixed.length > 0) {
    throw new KafkaError('INVALID_REQUEST', `Cannot update these configs dynamically: [${fixed.join(', ')}]`)
  }
  const oneMinIsr = elrEnabled(image) && changes.has(MIN_ISR)
  if (oneMinIsr) checkMinIsr(resourceName, changes)
  checkChanges(before, changes, schema)
  checkExists(image, resourceName)
  const resourceType = ConfigResource.BROKER
  const records: MetadataRecord[] = [...changes].map(([name, value]) =>
    metadataRecord('ConfigRecord', { resourceType, resourceName, name, value }),
  )
  // Eligible leaders were in sync by another rule, in whatever topic.
  if (oneMinIsr) records.push(metadataRecord('ClearElrRecord', { topicName: '' }))
  return records
}

/** KIP-966 counts on every broker having the same. */
function checkMinIsr(resourceName: string, changes: ConfigChanges): void {
  if (resourceName !== '') {
    throw new KafkaError('INVALID_CONFIG', 'Broker-level min.insync.replicas cannot be altered while ELR is enabled.')
  }
  if (changes.get(MIN_ISR) === null) {
    throw new KafkaError('INVALID_CONFIG', 'Cluster-level min.insync.replicas cannot be removed while ELR is enabled.')
  }
}

function checkName(name: string): void {
  if (name === '') return
  if (!/^[+-]?\d+$/.test(name)) {
    throw new KafkaError('INVALID_REQUEST', 'Unable to parse broker name as a base 10 number.')
  }
  if (Number(name) < 0) throw new KafkaError('INVALID_REQUEST', 'Invalid negative broker ID.')
}

function checkExists(image: MetadataImage, name: string): void {
  if (name === '' || image.brokers.has(Number(name)) || image.controllers.has(Number(name))) return
  throw new KafkaError('BROKER_ID_NOT_REGISTERED', `No node with id ${Number(name)} found.`)
}
