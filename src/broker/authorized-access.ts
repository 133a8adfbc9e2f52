import { KafkaError } from '../base/errors.ts'
import type { AccessMetrics } from '../metrics/broker-metrics.ts'
import { CLUSTER_NAME, OPERATIONS, operationBits, ResourceType } from '../security/acl.ts'
import type { Decision, StandardAuthorizer } from '../security/authorizer.ts'
import type { Question } from '../security/question.ts'
import type { Access, AccessContext, AuditMode } from './access.ts'
import { addressBytes, addressText } from './ip-address.ts'

/** What was asked, as the audit tells it. */
export interface Asked extends Question {
  readonly api: string
  /** How often the request names the resource. */
  readonly count: number
}

export interface Audit {
  /** `asked` is another question afterwards: who keeps it copies it. */
  decided(asked: Asked, decision: Decision, mode: AuditMode | undefined): void
}

/** Access as an authorizer decides it; each decision is told to the audit. */
export class AuthorizedAccess implements Access {
  readonly isOn = true
  readonly #authorizer: StandardAuthorizer
  readonly #audit: Audit
  readonly #metrics: AccessMetrics
  /** The last client's, as connections have it and as ACLs have it: its next question comes at once. */
  #address = ''
  #host = ''
  /** The question under way: every topic of every request has one, so they share an object. */
  readonly #asked: Changeable<Asked> = {
    principal: '',
    host: '',
    operation: 0,
    resourceType: 0,
    name: '',
    api: '',
    count: 0,
  }

  constructor(authorizer: StandardAuthorizer, audit: Audit, metrics: AccessMetrics) {
    this.#authorizer = authorizer
    this.#audit = audit
    this.#metrics = metrics
  }

  may(
    context: AccessContext,
    operation: number,
    resourceType: number,
    name: string,
    mode?: AuditMode,
    count = 1,
  ): boolean {
    const asked = this.#asked
    asked.principal = context.connection.principal
    asked.host = this.#hostOf(context.connection.peerAddress)
    asked.operation = operation
    asked.resourceType = resourceType
    asked.name = name
    asked.api = context.api.name
    asked.count = count
    const decision = this.#authorizer.decide(asked)
    // A controller whose log is not read yet: Kafka answers so whoever is no super user.
    if (decision.rule.kind === 'not-ready') throw new KafkaError('UNKNOWN_SERVER_ERROR')
    if (decision.allowed) this.#metrics.allowed += 1
    else this.#metrics.denied += 1
    this.#audit.decided(asked, decision, mode)
    return decision.allowed
  }

  mayOnAny(context: AccessContext, operation: number, resourceType: number): boolean {
    // Kafka asks about a name that nobody has, so that super users pass whatever is denied to them.
    if (this.may(context, operation, resourceType, 'hardcode', 'silent', 0)) return true
    const { principal, peerAddress } = context.connection
    return this.#authorizer.mayOnAny({ principal, host: this.#hostOf(peerAddress), operation, resourceType })
  }

  #hostOf(address: string): string {
    if (address !== this.#address) {
      this.#host = hostOf(address)
      this.#address = address
    }
    return this.#host
  }

  mayCluster(context: AccessContext, operation: number, mode?: AuditMode): boolean {
    return this.may(context, operation, ResourceType.CLUSTER, CLUSTER_NAME, mode)
  }

  operations(context: AccessContext, resourceType: number, name: string): number {
    const asked = OPERATIONS.get(resourceType) ?? []
    return operationBits(asked.filter((operation) => this.may(context, operation, resourceType, name, 'unlogged')))
  }
}

type Changeable<T> = { -readonly [K in keyof T]: T[K] }

/** As Java writes addresses, and so ACLs that people have: the eight groups of IPv6 in full. */
function hostOf(address: string): string {
  if (!address.includes(':')) return address
  const zone = address.indexOf('%')
  return `${addressText(addressBytes(address)) ?? address}${zone < 0 ? '' : address.slice(zone)}`
}
