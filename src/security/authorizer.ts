import type { Uuid } from '../base/ids.ts'
import { type Acl, AclOperation, ANY_PRINCIPAL, PatternType, PermissionType, WILDCARD } from './acl.ts'
import { AclIndex, type Entries } from './acl-index.ts'
import { compareEntries, isForHost, speaksOf } from './acl-rules.ts'
import { DecisionCache } from './decision-cache.ts'
import type { Question } from './question.ts'

/** Why: a super user; the ACL; no ACL that fits; ACLs that can not be asked yet. */
export type Rule =
  | { readonly kind: 'super-user' }
  | { readonly kind: 'acl'; readonly acl: Acl }
  | { readonly kind: 'default' }
  | { readonly kind: 'not-ready' }

export interface Decision {
  readonly allowed: boolean
  readonly rule: Rule
}

export interface AuthorizerSettings {
  /** super.users: `Type:name` each. */
  readonly superUsers: ReadonlySet<string>
  /** allow.everyone.if.no.acl.found */
  readonly allowIfNoAcl: boolean
}

const SUPER_USER: Decision = { allowed: true, rule: { kind: 'super-user' } }
const NOT_READY: Decision = { allowed: false, rule: { kind: 'not-ready' } }
const DEFAULT_DENY: Decision = { allowed: false, rule: { kind: 'default' } }
const DEFAULT_ALLOW: Decision = { allowed: true, rule: { kind: 'default' } }

/**
 * Decides as Kafka's StandardAuthorizer: super users may everything; an ACL that denies beats all that allow; where nothing
 * fits it is no, or `allowIfNoAcl` if no ACL speaks of the resource at all.
 */
export class StandardAuthorizer {
  readonly #settings: AuthorizerSettings
  readonly #byId = new Map<Uuid, Acl>()
  readonly #byType = new Map<number, AclIndex>()
  readonly #cache = new DecisionCache<Decision>()
  #isLoaded = false

  constructor(settings: AuthorizerSettings) {
    this.#settings = settings
  }

  get count(): number {
    return this.#byId.size
  }

  /** The ACLs are known from now on; before, only super users pass. */
  loaded(): void {
    this.#isLoaded = true
    this.#cache.clear()
  }

  /** The ACL that has the id now, undefined for none. */
  set(id: Uuid, acl: Acl | undefined): void {
    const before = this.#byId.get(id)
    if (before === acl) return
    if (before !== undefined) this.#indexOf(before.resourceType).remove(before)
    if (acl === undefined) this.#byId.delete(id)
    else {
      this.#byId.set(id, acl)
      this.#indexOf(acl.resourceType).add(acl)
    }
    this.#cache.clear()
  }

  decide(question: Question): Decision {
    if (this.#settings.superUsers.has(question.principal)) return SUPER_USER
    if (!this.#isLoaded) return NOT_READY
    const known = this.#cache.get(question)
    if (known !== undefined) return known
    const decision = this.#decide(question)
    this.#cache.set(question, decision)
    return decision
  }

  #decide(question: Question): Decision {
    const search = new Search(question)
    const index = this.#byType.get(question.resourceType)
    if (index !== undefined) {
      const { name } = question
      search.look(index.literal(name))
      for (const entries of index.prefixes(name)) search.look(entries)
      // Kafka's search passes the wildcard over for names that begin with it.
      if (!name.startsWith(WILDCARD)) search.look(index.literal(WILDCARD))
    }
    if (search.denial !== undefined) return { allowed: false, rule: { kind: 'acl', acl: search.denial } }
    if (search.grant !== undefined) return { allowed: true, rule: { kind: 'acl', acl: search.grant } }
    return search.hasAcls || !this.#settings.allowIfNoAcl ? DEFAULT_DENY : DEFAULT_ALLOW
  }

  /**
   * Whether something of the type exists, in reality or only in thought, with which the principal may do it (KIP-679). Super
   * users are the caller's matter. Implied operations don't count.
   */
  mayOnAny({ principal, host, operation, resourceType }: Omit<Question, 'name'>): boolean {
    const index = this.#byType.get(resourceType)
    if (index === undefined || !this.#isLoaded) return false
    const denied = new Patterns()
    const allowed = new Patterns()
    for (const acl of index.ofPrincipal(principal)) {
      if (!isForHost(acl, host) || (acl.operation !== operation && acl.operation !== AclOperation.ALL)) continue
      if (acl.permissionType === PermissionType.DENY) denied.add(acl)
      else if (acl.permissionType === PermissionType.ALLOW) allowed.add(acl)
    }
    if (denied.literals.has(WILDCARD)) return false
    if (allowed.literals.has(WILDCARD)) return true
    for (const name of allowed.literals) if (!denied.literals.has(name) && !denied.hasPrefixOf(name)) return true
    for (const prefix of allowed.prefixes) if (!denied.hasPrefixOf(prefix)) return true
    return false
  }

  #indexOf(resourceType: number): AclIndex {
    let index = this.#byType.get(resourceType)
    if (index === undefined) {
      index = new AclIndex()
      this.#byType.set(resourceType, index)
    }
    return index
  }
}

/** Looks at the ACLs of one pattern after another, and keeps those that Kafka would give as the reason. */
class Search {
  /** The first that denies. */
  denial: Acl | undefined
  /** The last that allows. */
  grant: Acl | undefined
  /** Some ACL speaks of the resource, for whomever. */
  hasAcls = false
  readonly #question: Question

  constructor(question: Question) {
    this.#question = question
  }

  look(entries: Entries | undefined): void {
    if (entries === undefined) return
    this.hasAcls = true
    if (this.denial !== undefined) return
    const { principal } = this.#question
    const own = entries.get(principal)
    const everybodys = principal === ANY_PRINCIPAL ? undefined : entries.get(ANY_PRINCIPAL)
    let grant: Acl | undefined
    for (const acls of [own, everybodys]) {
      if (acls === undefined) continue
      for (const acl of acls) {
        if (!speaksOf(acl, this.#question.operation, this.#question.host)) continue
        if (acl.permissionType === PermissionType.ALLOW) {
          if (grant === undefined || compareEntries(acl, grant) > 0) grant = acl
        } else if (this.denial === undefined || compareEntries(acl, this.denial) < 0) this.denial = acl
      }
    }
    this.grant = grant ?? this.grant
  }
}

class Patterns {
  readonly literals = new Set<string>()
  readonly prefixes = new Set<string>()

  add({ patternType, resourceName }: Acl): void {
    if (patternType === PatternType.LITERAL) this.literals.add(resourceName)
    else if (patternType === PatternType.PREFIXED) this.prefixes.add(resourceName)
  }

  /** One of the prefixes begins the text, or is all of it. */
  hasPrefixOf(text: string): boolean {
    if (this.prefixes.size === 0) return false
    for (let length = 1; length <= text.length; length += 1) if (this.prefixes.has(text.slice(0, length))) return true
    return false
  }
}
