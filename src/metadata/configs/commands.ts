import type { ErrorName } from '../../base/errors.ts'

/** The wire's numbers of an incremental change (KIP-339). */
export const ConfigOperation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const

export interface ConfigOperations {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly {
    readonly name: string
    readonly configOperation: number
    readonly value: string | null
  }[]
}

export interface ConfigReplacement {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly { readonly name: string; readonly value: string | null }[]
}

/** The outcome for one resource, in the order of the request. */
export interface ResourceResult {
  readonly resourceType: number
  readonly resourceName: string
  readonly error: ErrorName
  readonly message: string | null
}

/** What the controller can be asked about configs. */
export interface ConfigCommands {
  incrementalAlterConfigs: {
    command: { readonly resources: readonly ConfigOperations[]; readonly validateOnly: boolean }
    reply: readonly ResourceResult[]
  }
  /** Each resource has exactly the given configs afterwards. */
  legacyAlterConfigs: {
    command: { readonly resources: readonly ConfigReplacement[]; readonly validateOnly: boolean }
    reply: readonly ResourceResult[]
  }
}
