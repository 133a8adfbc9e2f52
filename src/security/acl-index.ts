import { type Acl, ANY_PRINCIPAL, PatternType } from './acl.ts'

/** Of one pattern, by principal: a name with thousands of users still answers at once. */
export type Entries = Map<string, Set<Acl>>

/**
 * The ACLs of one type of resource. Literal names are found by hash. So are prefixes: a name is cut at each length that some
 * prefix has, which are few, however many prefixes there are.
 */
export class AclIndex {
  readonly #literals = new Map<string, Entries>()
  readonly #prefixes = new Map<string, Entries>()
  readonly #byPrincipal: Entries = new Map()
  /** How many prefixes have which length. */
  readonly #lengths = new Map<number, number>()
  /** The longest first. */
  #cuts: readonly number[] = []

  add(acl: Acl): void {
    const { resourceName, patternType } = acl
    const patterns = this.#patterns(patternType)
    let entries = patterns.get(resourceName)
    if (entries === undefined) {
      entries = new Map()
      patterns.set(resourceName, entries)
      if (patternType === PatternType.PREFIXED) this.#countLength(resourceName.length, 1)
    }
    addTo(entries, acl)
    addTo(this.#byPrincipal, acl)
  }

  remove(acl: Acl): void {
    const { resourceName, patternType } = acl
    const patterns = this.#patterns(patternType)
    const entries = patterns.get(resourceName)
    if (entries === undefined) return
    removeFrom(entries, acl)
    removeFrom(this.#byPrincipal, acl)
    if (entries.size > 0) return
    patterns.delete(resourceName)
    if (patternType === PatternType.PREFIXED) this.#countLength(resourceName.length, -1)
  }

  get isEmpty(): boolean {
    return this.#byPrincipal.size === 0
  }

  literal(name: string): Entries | undefined {
    return this.#literals.get(name)
  }

  /** Of the prefixes that the name has, the longest first. */
  *prefixes(name: string): IterableIterator<Entries> {
    for (const cut of this.#cuts) {
      if (cut > name.length) continue
      const entries = this.#prefixes.get(cut === name.length ? name : name.slice(0, cut))
      if (entries !== undefined) yield entries
    }
  }

  /** Of a principal, and of everybody. */
  *ofPrincipal(principal: string): IterableIterator<Acl> {
    yield* this.#byPrincipal.get(principal) ?? []
    if (principal !== ANY_PRINCIPAL) yield* this.#byPrincipal.get(ANY_PRINCIPAL) ?? []
  }

  #patterns(patternType: number): Map<string, Entries> {
    return patternType === PatternType.PREFIXED ? this.#prefixes : this.#literals
  }

  #countLength(length: number, by: number): void {
    const count = (this.#lengths.get(length) ?? 0) + by
    if (count > 0) this.#lengths.set(length, count)
    else this.#lengths.delete(length)
    if (this.#lengths.size !== this.#cuts.length) this.#cuts = [...this.#lengths.keys()].sort((a, b) => b - a)
  }
}

function addTo(entries: Entries, acl: Acl): void {
  const known = entries.get(acl.principal)
  if (known === undefined) entries.set(acl.principal, new Set([acl]))
  else known.add(acl)
}

function removeFrom(entries: Entries, acl: Acl): void {
  const known = entries.get(acl.principal)
  known?.delete(acl)
  if (known?.size === 0) entries.delete(acl.principal)
}
