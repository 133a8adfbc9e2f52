import type { Question } from './question.ts'

/** So many decisions are kept; when there are more, it begins anew. */
const MAX_DECISIONS = 32_768
/** Names of groups and transactions may be long: whoever makes them up must not fill the memory. */
const MAX_NAME_LENGTH = 256

/** One principal at one host: by operation and type of resource, then by name. */
type Decided<D> = (Map<string, D> | undefined)[]

const OPERATION_BITS = 5

/**
 * Decisions that hold until an ACL changes. The requests of a connection come one after the other, so the last asker is looked
 * at first.
 */
export class DecisionCache<D> {
  readonly #bound: number
  readonly #byAsker = new Map<string, Decided<D>>()
  #principal: string | undefined
  #host: string | undefined
  #last: Decided<D> = []
  #size = 0

  constructor(bound = MAX_DECISIONS) {
    this.#bound = bound
  }

  get size(): number {
    return this.#size
  }

  get(question: Question): D | undefined {
    return this.#find(question)?.[kindOf(question)]?.get(question.name)
  }

  set(question: Question, decision: D): void {
    if (question.name.length > MAX_NAME_LENGTH) return
    if (this.#size >= this.#bound) this.clear()
    const decided = this.#find(question) ?? this.#begin(question)
    const kind = kindOf(question)
    let byName = decided[kind]
    if (byName === undefined) {
      byName = new Map()
      decided[kind] = byName
    }
    byName.set(question.name, decision)
    this.#size += 1
  }

  clear(): void {
    if (this.#size === 0 && this.#byAsker.size === 0) return
    this.#byAsker.clear()
    this.#principal = undefined
    this.#size = 0
  }

  #find({ principal, host }: Question): Decided<D> | undefined {
    if (principal === this.#principal && host === this.#host) return this.#last
    const decided = this.#byAsker.get(keyOf(principal, host))
    if (decided !== undefined) this.#remember(principal, host, decided)
    return decided
  }

  #begin({ principal, host }: Question): Decided<D> {
    const decided: Decided<D> = []
    this.#byAsker.set(keyOf(principal, host), decided)
    this.#remember(principal, host, decided)
    return decided
  }

  #remember(principal: string, host: string, decided: Decided<D>): void {
    this.#principal = principal
    this.#host = host
    this.#last = decided
  }
}

function keyOf(principal: string, host: string): string {
  return `${host} ${principal}`
}

function kindOf({ operation, resourceType }: Question): number {
  return (resourceType << OPERATION_BITS) | operation
}
