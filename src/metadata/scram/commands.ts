import type { ErrorName } from '../../base/errors.ts'
import type { ScramCredentialImage } from '../image-types.ts'

export interface ScramDeletion {
  readonly name: string
  readonly mechanism: number
}

export interface ScramAlterationResult {
  readonly user: string
  readonly error: ErrorName
  readonly message: string | null
}

/** What the controller can be asked about credentials of users. */
export interface ScramCommands {
  alterUserScramCredentials: {
    command: { readonly deletions: readonly ScramDeletion[]; readonly upsertions: readonly ScramCredentialImage[] }
    /** One of each user. */
    reply: readonly ScramAlterationResult[]
  }
}
