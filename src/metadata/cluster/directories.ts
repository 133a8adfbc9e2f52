import { KafkaError } from '../../base/errors.ts'
import { type DirectoryId, MIGRATING_DIRECTORY, UNASSIGNED_DIRECTORY } from '../../base/ids.ts'
import { metadataVersionOf, supportsDirectories } from '../features.ts'
import type { BrokerImage, MetadataImage } from '../image.ts'

/** The first hundred ids have meanings of their own or may get them: 15 bytes of zero. */
function isReserved(directory: DirectoryId): boolean {
  const bytes = Buffer.from(directory, 'base64url')
  return bytes.subarray(0, 15).every((byte) => byte === 0) && (bytes[15] ?? 0) < 100
}

/** KIP-858: a directory has an id of its own and one broker. */
export function checkDirectories(image: MetadataImage, brokerId: number, directories: readonly DirectoryId[]): void {
  if (directories.length === 0) throw new KafkaError('INVALID_REGISTRATION', 'No directories specified in request')
  if (directories.some(isReserved)) throw new KafkaError('INVALID_REGISTRATION', 'Reserved directory ID in request')
  if (new Set(directories).size !== directories.length) {
    throw new KafkaError('INVALID_REGISTRATION', 'Duplicate directory ID in request')
  }
  for (const broker of image.brokers.values()) {
    const taken = broker.id !== brokerId && broker.directories.find((directory) => directories.includes(directory))
    if (!taken) continue
    throw new KafkaError('INVALID_REGISTRATION', `Broker ${broker.id} is already registered with directory ${taken}`)
  }
}

/** Where a new replica goes: a broker with one directory has no choice; with several it says later which one it took. */
export function defaultDirectory(image: MetadataImage, brokerId: number): DirectoryId {
  if (!supportsDirectories(metadataVersionOf(image))) return MIGRATING_DIRECTORY
  const broker = image.broker(brokerId)
  if (broker === undefined) return UNASSIGNED_DIRECTORY
  const [only, second] = broker.directories
  if (only === undefined) return MIGRATING_DIRECTORY
  return second === undefined ? only : UNASSIGNED_DIRECTORY
}

/** KIP-1066: whether any directory takes new replicas. */
export function hasOpenDirectory({ directories, cordonedDirectories }: BrokerImage): boolean {
  if (directories.length === 0) return true
  return directories.some((directory) => !cordonedDirectories?.includes(directory))
}
