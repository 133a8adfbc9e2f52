import { CLUSTER_NAME, OPERATIONS, operationBits, ResourceType } from '../security/acl.ts'
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

/** A decision with its reason. */
export interface AccessDecision {
  readonly allowed: boolean
}

export interface AccessQuestion {
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly resourceType: number
  readonly name: string
}

/** What decides: `StandardAuthorizer`. */
export interface Authorizer<D extends AccessDecision> {
  decide(question: AccessQuestion): D
  mayOnAny(question: Omit<AccessQuestion, 'name'>): boolean
}

/** Writes the audit lines. */
export interface Audit<D extends AccessDecision> {
  decided(
    context: AccessContext,
    question: AccessQuestion,
    decision: D,
    audit: AuditMode | undefined,
    count: number,
  ): void
}

/** Access as an authorizer decides it, with a line for each denial. */
export class AuthorizedAccess<D extends AccessDecision> implements Access {
  readonly isOn = true
  readonly #authorizer: Authorizer<D>
  readonly #audit: Audit<D>
  readonly #hostOf: (address: string) => string

  constructor(authorizer: Authorizer<D>, audit: Audit<D>, hostOf: (address: string) => string) {
    this.#authorizer = authorizer
    this.#audit = audit
    this.#hostOf = hostOf
  }

  may(
    context: AccessContext,
    operation: number,
    resourceType: number,
    name: string,
    audit?: AuditMode,
    count = 1,
  ): boolean {
    const { principal, peerAddress } = context.connection
    const question = { principal, host: this.#hostOf(peerAddress), operation, resourceType, name }
    const decision = this.#authorizer.decide(question)
    this.#audit.decided(context, question, decision, audit, count)
    return decision.allowed
  }

  mayOnAny(context: AccessContext, operation: number, resourceType: number): boolean {
    const { principal, peerAddress } = context.connection
    // Kafka asks for a name that nobody has, so that super users pass whatever is denied to them.
    if (this.may(context, operation, resourceType, 'hardcode', 'silent', 0)) return true
    return this.#authorizer.mayOnAny({ principal, host: this.#hostOf(peerAddress), operation, resourceType })
  }

  mayCluster(context: AccessContext, operation: number, audit?: AuditMode): boolean {
    return this.may(context, operation, ResourceType.CLUSTER, CLUSTER_NAME, audit)
  }

  operations(context: AccessContext, resourceType: number, name: string): number {
    const asked = OPERATIONS.get(resourceType) ?? []
    return operationBits(asked.filter((operation) => this.may(context, operation, resourceType, name, 'unlogged')))
  }
}
