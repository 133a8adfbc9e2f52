import { KafkaError } from '../../base/errors.ts'
import type { DirectoryId } from '../../base/ids.ts'
import type { MetadataImage } from '../image.ts'

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
