import type { ErrorName } from '../../base/errors.ts'
import type { Acl } from '../../protocol/acl-codes.ts'
import type { AclFilter } from './filter.ts'

export interface AclResult {
  readonly error: ErrorName
  readonly message: string | null
}

export interface AclDeletion extends AclResult {
  readonly deleted: readonly Acl[]
}

/** What the controller can be asked about access control; results in the order of what was asked. */
export interface AclCommands {
  createAcls: { command: { readonly acls: readonly Acl[] }; reply: readonly AclResult[] }
  deleteAcls: { command: { readonly filters: readonly AclFilter[] }; reply: readonly AclDeletion[] }
}
