import { CountedLines } from '../io/counted-lines.ts'
import type { Clock, Logger } from '../io/ports.ts'
import {
  type Acl,
  AclOperation,
  nameOfCode,
  PatternType,
  PermissionType,
  ResourceType,
  resourceTypeText,
} from '../security/acl.ts'
import type { Decision } from '../security/authorizer.ts'
import type { AuditMode } from './access.ts'
import type { Asked, Audit } from './authorized-access.ts'

/** Kafka's name for the logger. */
export const AUDIT_LOGGER = 'kafka.authorizer.logger'

/** Denials with a line of their own within the time that they are counted for, and principals told apart beyond. */
const MAX_LINES = 200
const MAX_PRINCIPALS = 100
const MAX_NAME_LENGTH = 256

/** `acl`: the rule that denies it; undefined: none allows it. */
export type OnDenied = (asked: Asked, acl: Acl | undefined) => void

/**
 * A line for every denial, and for what was allowed where the level is DEBUG. Whoever tries the same again and again, or
 * everything, doesn't fill the disk: each denial is counted in some line, but has its own only at DEBUG.
 */
export class AuditLog implements Audit {
  readonly #logger: Logger
  readonly #denials: CountedLines
  readonly #onDenied: OnDenied | undefined

  constructor(logger: Logger, clock: Pick<Clock, 'after'>, onDenied?: OnDenied) {
    this.#logger = logger
    this.#onDenied = onDenied
    const words = { again: 'again', more: 'more was denied' }
    const bounds = { most: MAX_LINES, mostAskers: MAX_PRINCIPALS }
    this.#denials = new CountedLines({ logger, clock, level: 'info', ...words, ...bounds })
  }

  decided(asked: Asked, decision: Decision, mode: AuditMode | undefined): void {
    if (decision.allowed) {
      if (mode !== 'unlogged' && this.#logger.writes?.('debug')) {
        this.#logger.debug(fieldsOf(asked, 'Allowed', ruleText(decision)), 'allowed')
      }
    } else if (mode === undefined) this.#denied(asked, decision)
  }

  #denied(asked: Asked, decision: Decision): void {
    const { principal, host, operation, resourceType, name, api } = asked
    this.#onDenied?.(asked, decision.rule.kind === 'acl' ? decision.rule.acl : undefined)
    const kind = [api, operation, resourceType, host, principal, shortened(name)].join('\n')
    const fields = () => fieldsOf(asked, 'Denied', ruleText(decision))
    this.#denials.say({ kind, fields, message: 'denied', by: { principal, host } })
  }

  /** Says what was only counted; the next denial has a line of its own again. */
  flush(): void {
    this.#denials.flush()
  }
}

function fieldsOf(asked: Asked, result: 'Allowed' | 'Denied', rule: string): object {
  const { principal, host, operation, resourceType, name, api, count } = asked
  return {
    principal,
    result,
    operation: nameOfCode(AclOperation, operation),
    host,
    resource: `${resourceTypeText(resourceType)}:LITERAL:${shortened(name)}`,
    request: api,
    resourceRefCount: count,
    rule,
  }
}

/** Names of groups may have any length. */
function shortened(name: string): string {
  return name.length <= MAX_NAME_LENGTH ? name : `${name.slice(0, MAX_NAME_LENGTH)}…`
}

/** The reason, as Kafka gives it. */
export function ruleText({ allowed, rule }: Decision): string {
  switch (rule.kind) {
    case 'super-user':
      return 'SuperUser'
    case 'acl':
      return `MatchingAcl(acl=${aclText(rule.acl)})`
    case 'default':
    case 'not-ready':
      return allowed ? 'DefaultAllow' : 'DefaultDeny'
  }
}

/** As Kafka prints one. */
export function aclText(acl: Acl): string {
  const fields = [
    `resourceType=${nameOfCode(ResourceType, acl.resourceType)}`,
    `resourceName=${acl.resourceName}`,
    `patternType=${nameOfCode(PatternType, acl.patternType)}`,
    `principal=${acl.principal}`,
    `host=${acl.host}`,
    `operation=${nameOfCode(AclOperation, acl.operation)}`,
    `permissionType=${nameOfCode(PermissionType, acl.permissionType)}`,
  ]
  return `StandardAcl[${fields.join(', ')}]`
}
