import type { Clock, Logger, Timer } from '../io/ports.ts'
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

/** Denials that are alike become one line and a count within this time. */
const WINDOW_MS = 10_000
/** Lines of their own in a window; of what is denied beyond, principals and how often. */
const MAX_LINES = 200
const MAX_PRINCIPALS = 100
const MAX_NAME_LENGTH = 256

interface Denial {
  readonly asked: Asked
  readonly rule: string
  again: number
}

/** What one principal was denied beyond the lines, or all that had no place of their own. */
interface Others {
  readonly asker: object
  times: number
}

/**
 * A line for every denial, and for what was allowed where the level is DEBUG. Whoever tries the same again and again, or
 * everything, doesn't fill the disk: each denial is counted in some line, but has its own only at DEBUG.
 */
export class AuditLog implements Audit {
  readonly #logger: Logger
  readonly #clock: Pick<Clock, 'after'>
  readonly #denials = new Map<string, Denial>()
  readonly #others = new Map<string, Others>()
  #timer: Timer | undefined

  constructor(logger: Logger, clock: Pick<Clock, 'after'>) {
    this.#logger = logger
    this.#clock = clock
  }

  decided(asked: Asked, decision: Decision, mode: AuditMode | undefined): void {
    if (decision.allowed) {
      if (mode !== 'unlogged' && this.#logger.writes?.('debug')) {
        this.#logger.debug(fieldsOf(asked, 'Allowed', ruleText(decision)), 'allowed')
      }
    } else if (mode === undefined) this.#denied(asked, decision)
  }

  #denied(asked: Asked, decision: Decision): void {
    if (this.#logger.writes?.('debug')) {
      this.#logger.info(fieldsOf(asked, 'Denied', ruleText(decision)), 'denied')
      return
    }
    const { principal, host, operation, resourceType, name, api } = asked
    const key = [api, operation, resourceType, host, principal, shortened(name)].join('\n')
    const known = this.#denials.get(key)
    this.#timer ??= this.#clock.after(WINDOW_MS, () => this.flush())
    if (known !== undefined) known.again += 1
    else if (this.#denials.size < MAX_LINES) {
      const rule = ruleText(decision)
      this.#denials.set(key, { asked, rule, again: 0 })
      this.#logger.info(fieldsOf(asked, 'Denied', rule), 'denied')
    } else this.#count(principal, host)
  }

  #count(principal: string, host: string): void {
    const own = `${host} ${principal}`
    const hasPlace = this.#others.has(own) || this.#others.size < MAX_PRINCIPALS
    const key = hasPlace ? own : ''
    const others = this.#others.get(key) ?? { asker: hasPlace ? { principal, host } : {}, times: 0 }
    others.times += 1
    this.#others.set(key, others)
  }

  /** Says what was only counted; the next denial has a line of its own again. */
  flush(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    for (const { asked, rule, again } of this.#denials.values()) {
      if (again > 0) this.#logger.info({ ...fieldsOf(asked, 'Denied', rule), again }, 'denied again')
    }
    for (const { asker, times } of this.#others.values()) this.#logger.info({ ...asker, times }, 'more was denied')
    this.#denials.clear()
    this.#others.clear()
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
