import { type Uuid, uuidFromBytes } from '../base/ids.ts'
import type { Random } from '../io/ports.ts'
import type { ControllerRandom } from '../metadata/manager.ts'

/** A random id of RFC 9562's version 4 that Kafka's tools can be given: no reserved one, none that looks like an option. */
export function randomUuid(random: Random): Uuid {
  while (true) {
    const bytes = random.bytes(16)
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const uuid = uuidFromBytes(bytes)
    if (!uuid.startsWith('-')) return uuid
  }
}

export function controllerRandom(random: Random): ControllerRandom {
  return { uuid: () => randomUuid(random), below: (bound) => random.below(bound) }
}
