import type { ErrorName } from '../base/errors.ts'

/** 1 upgrade, 2 safe downgrade, 3 unsafe downgrade. */
export type FeatureUpgradeType = 1 | 2 | 3

export interface FeatureUpdate {
  readonly feature: string
  readonly level: number
  readonly upgradeType: number
}

export interface FeatureCommands {
  updateFeatures: {
    command: { readonly updates: readonly FeatureUpdate[]; readonly validateOnly: boolean }
    /** The first thing that is wrong refuses all of them. */
    reply: { readonly error: ErrorName; readonly message: string | null }
  }
}
