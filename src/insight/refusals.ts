import type { Acl } from '../protocol/acl-codes.ts'

/** Who was refused, as far as it is known. */
export interface Refused {
  readonly address: string
  readonly listener?: string
  readonly principal?: string
  readonly clientId?: string
  readonly software?: string
}

/** An ACL that denies. */
export type Forbidding = Omit<Acl, 'permissionType'>

export type RefusalFact =
  | { readonly type: 'closed'; readonly reason: string }
  | { readonly type: 'login'; readonly reason: string; readonly mechanism?: string; readonly user?: string }
  /** Operation and type of resource by Kafka's numbers. */
  | {
      readonly type: 'denied'
      readonly operation: number
      readonly resourceType: number
      readonly name: string
      readonly api: string
      readonly forbiddenBy?: Forbidding
    }
  /** Its records were not taken. */
  | { readonly type: 'too-large'; readonly topic: string; readonly reason: string }
  /** It used more than the quota of that name, and waited so long for its answer. */
  | { readonly type: 'throttled'; readonly quota: string; readonly ms: number }
  /** It was told where this broker is and never came there. `reached`: where it did come. */
  | {
      readonly type: 'never-came'
      readonly told: { readonly host: string; readonly port: number }
      readonly reached: { readonly host: string; readonly port: number }
    }

export interface RefusalEntry {
  readonly id: number
  readonly who: Refused
  /** As it was last. */
  fact: RefusalFact
  readonly firstMs: number
  lastMs: number
  times: number
}

const MOST = 500
const MOST_CHARS = 300

/** The last refusals, like ones as one: strangers choose what is in them, so they are cut and there are only so many. */
export class RefusalJournal {
  readonly sinceMs: number
  readonly #now: () => number
  /** By what makes them alike; the one that happened longest ago is the first. */
  readonly #entries = new Map<string, RefusalEntry>()
  #nextId = 1

  constructor(now: () => number) {
    this.#now = now
    this.sinceMs = now()
  }

  note(who: Refused, fact: RefusalFact): void {
    const nowMs = this.#now()
    const key = keyOf(who, fact)
    const known = this.#entries.get(key)
    if (known !== undefined) {
      known.times++
      known.fact = cut(fact)
      known.lastMs = nowMs
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return
    }
    const id = this.#nextId++
    this.#entries.set(key, { id, who: cut(who), fact: cut(fact), firstMs: nowMs, lastMs: nowMs, times: 1 })
    if (this.#entries.size <= MOST) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }

  /** The newest first. */
  entries(): RefusalEntry[] {
    return [...this.#entries.values()].reverse()
  }
}

function keyOf({ address, listener, principal }: Refused, fact: RefusalFact): string {
  const parts = [address, listener, principal, fact.type]
  switch (fact.type) {
    case 'closed':
      parts.push(fact.reason)
      break
    case 'login':
      parts.push(fact.mechanism, fact.user, fact.reason)
      break
    case 'denied':
      parts.push(`${fact.operation} ${fact.resourceType}`, fact.name)
      break
    case 'too-large':
      parts.push(fact.topic)
      break
    case 'throttled':
      parts.push(fact.quota)
      break
    case 'never-came':
      parts.push(`${fact.told.host}:${fact.told.port}`)
  }
  return parts.map((part) => part?.slice(0, MOST_CHARS)).join('\n')
}

function cut<T extends object>(value: T): T {
  const entries = Object.entries(value).flatMap(([name, field]) => {
    if (field === undefined) return []
    return [[name, typeof field === 'string' && field.length > MOST_CHARS ? `${field.slice(0, MOST_CHARS)}…` : field]]
  })
  return Object.fromEntries(entries)
}
