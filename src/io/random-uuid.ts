import { type Uuid, uuidFromBytes } from '../base/ids.ts'
import type { Random } from './ports.ts'

/** 16 random bytes with version 4 and the variant of RFC 9562, as java.util.UUID sets them. */
export function randomUuidBytes(random: Random): Buffer {
  const bytes = random.bytes(16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes
}

/** An id that Kafka's tools can be given: none that looks like an option. The version keeps it apart from reserved ones. */
export function randomUuid(random: Random): Uuid {
  for (;;) {
    const uuid = uuidFromBytes(randomUuidBytes(random))
    if (!uuid.startsWith('-')) return uuid
  }
}
