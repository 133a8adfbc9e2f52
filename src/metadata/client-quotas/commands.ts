import type { ErrorName } from '../../base/errors.ts'
import type { QuotaEntityPart } from '../image-types.ts'

export interface QuotaAlteration {
  readonly entity: readonly QuotaEntityPart[]
  readonly ops: readonly { readonly key: string; readonly value: number; readonly remove: boolean }[]
}

export interface QuotaAlterationResult {
  readonly entity: readonly QuotaEntityPart[]
  readonly error: ErrorName
  readonly message: string | null
}

/** What the controller can be asked about quotas of clients. */
export interface ClientQuotaCommands {
  alterClientQuotas: {
    command: {
      readonly entries: readonly QuotaAlteration[]
      readonly validateOnly: boolean
      /** Names among the addresses that stand for a host. */
      readonly hosts: ReadonlySet<string>
    }
    reply: readonly QuotaAlterationResult[]
  }
}
