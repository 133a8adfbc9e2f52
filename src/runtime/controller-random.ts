import type { Random } from '../io/ports.ts'
import { randomUuid } from '../io/random-uuid.ts'
import type { ControllerRandom } from '../metadata/manager.ts'

export function controllerRandom(random: Random): ControllerRandom {
  return { uuid: () => randomUuid(random), below: (bound) => random.below(bound) }
}
