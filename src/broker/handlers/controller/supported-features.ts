import type { SupportedFeature } from '../../../metadata/cluster/commands.ts'

interface WireFeature {
  readonly name: string
  readonly minSupportedVersion: number
  readonly maxSupportedVersion: number
}

/** What a registration says that its node supports. */
export function rangesOf(features: readonly WireFeature[]): SupportedFeature[] {
  return features.map(({ name, minSupportedVersion, maxSupportedVersion }) => {
    return { name, min: minSupportedVersion, max: maxSupportedVersion }
  })
}
