import { KafkaError } from '../base/errors.ts'
import type { FeatureCommands } from './feature-commands.ts'
import type { Manager } from './manager.ts'

export function featureManager(): Manager<FeatureCommands> {
  return {
    updateFeatures: () => {
      throw new KafkaError('UNSUPPORTED_VERSION')
    },
  }
}
