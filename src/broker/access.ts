import { OPERATIONS, operationBits } from '../security/acl.ts'
import type { RequestContext } from './handler.ts'

/** Who asks, from where, with which request. */
export type AccessContext = Pick<RequestContext, 'api' | 'connection'>

/**
 * What becomes of the decision's audit line: `silent`: nothing is said of a denial, because it only filters what is shown
 * (Kafka's logIfDenied=false); `unlogged`: neither of a denial nor of access, because none is given (both false).
 */
export type AuditMode = 'silent' | 'unlogged'

/** Decides who may do what. Asked once for each resource of a request. */
export interface Access {
  /** An authorizer is configured. */
  readonly isOn: boolean
  /** `count`: how often the request names the resource, for the audit line. */
  may(
    context: AccessContext,
    operation: number,
    resourceType: number,
    name: string,
    audit?: AuditMode,
    count?: number,
  ): boolean
  /** On one resource of the type at least, whichever (KIP-679). */
  mayOnAny(context: AccessContext, operation: number, resourceType: number): boolean
  mayCluster(context: AccessContext, operation: number, audit?: AuditMode): boolean
  /** A bit for each operation that may be done with the resource (KIP-430). */
  operations(context: AccessContext, resourceType: number, name: string): number
}

const ALL_BITS = new Map([...OPERATIONS].map(([type, operations]) => [type, operationBits(operations)]))

/** Without an authorizer everybody may do everything. */
export const OPEN_ACCESS: Access = {
  isOn: false,
  may: () => true,
  mayOnAny: () => true,
  mayCluster: () => true,
  operations: (_context, resourceType) => ALL_BITS.get(resourceType) ?? 0,
}
