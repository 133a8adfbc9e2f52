import type { ClientQuotaImage } from '../../metadata/image-types.ts'

/** The quotas of clients that limit a rate or a share of time; `connection_creation_rate` is of addresses. */
export type ClientQuotaKey =
  | 'producer_byte_rate'
  | 'consumer_byte_rate'
  | 'request_percentage'
  | 'controller_mutation_rate'

/** Whose use is counted together: everything of a user, of a client id, or of a client id of a user. */
export interface QuotaGroup {
  /** Empty: any. */
  readonly user: string
  /** Empty: any. */
  readonly clientId: string
  /** Undefined: nothing limits it. */
  readonly limit: number | undefined
}

type Part = string | null | undefined

/**
 * One quota as it is set for users, client ids and pairs of them. The most specific counts, in Kafka's order:
 *
 *     user+client · user+any client · user · any user+client · any user+any client · any user · client · any client
 */
export class ClientLimits {
  readonly #limits = new Map<string, number>()
  #kinds = { client: false, user: false, both: false }

  constructor(key: ClientQuotaKey, quotas: Iterable<ClientQuotaImage>) {
    for (const { entity, quotas: values } of quotas) {
      const limit = values.get(key)
      if (limit === undefined) continue
      const part = (type: string): Part => entity.find(({ entityType }) => entityType === type)?.entityName
      const [user, client] = [part('user'), part('client-id')]
      if (user === undefined && client === undefined) continue
      this.#limits.set(keyOf(user, client), limit)
      if (user === undefined) this.#kinds = { ...this.#kinds, client: true }
      else if (client === undefined) this.#kinds = { ...this.#kinds, user: true }
      else this.#kinds = { ...this.#kinds, both: true }
    }
  }

  get isEmpty(): boolean {
    return this.#limits.size === 0
  }

  groupOf(user: string, clientId: string): QuotaGroup {
    const { client, user: ofUsers, both } = this.#kinds
    // As long as there are quotas of one kind, that kind alone decides how use is counted.
    if (client && !ofUsers && !both) return this.#first('', clientId, OF_CLIENTS)
    if (ofUsers && !client && !both) return this.#first(user, '', OF_USERS)
    if (both && !client && !ofUsers) return this.#first(user, clientId, OF_PAIRS)
    const pair = this.#first(user, clientId, [SPECIFIC, USER_ANY])
    if (pair.limit !== undefined) return pair
    const own = this.#first(user, '', [USER])
    if (own.limit !== undefined) return own
    const anyPair = this.#first(user, clientId, [ANY_CLIENT, ANY_ANY])
    if (anyPair.limit !== undefined) return anyPair
    const anyUser = this.#first(user, '', [ANY_USER])
    return anyUser.limit !== undefined ? anyUser : this.#first('', clientId, OF_CLIENTS)
  }

  #first(user: string, clientId: string, patterns: readonly Pattern[]): QuotaGroup {
    for (const pattern of patterns) {
      const limit = this.#limits.get(pattern(user, clientId))
      if (limit !== undefined) return { user, clientId, limit }
    }
    return { user, clientId, limit: undefined }
  }
}

type Pattern = (user: string, clientId: string) => string

const SPECIFIC: Pattern = (user, clientId) => keyOf(user, clientId)
const USER_ANY: Pattern = (user) => keyOf(user, null)
const ANY_CLIENT: Pattern = (_user, clientId) => keyOf(null, clientId)
const ANY_ANY: Pattern = () => keyOf(null, null)
const USER: Pattern = (user) => keyOf(user, undefined)
const ANY_USER: Pattern = () => keyOf(null, undefined)
const CLIENT: Pattern = (_user, clientId) => keyOf(undefined, clientId)
const ANY_CLIENT_ALONE: Pattern = () => keyOf(undefined, null)
const OF_PAIRS = [SPECIFIC, USER_ANY, ANY_CLIENT, ANY_ANY]
const OF_USERS = [USER, ANY_USER]
const OF_CLIENTS = [CLIENT, ANY_CLIENT_ALONE]

/** Null: any; undefined: not a part of the entity. */
function keyOf(user: Part, clientId: Part): string {
  return JSON.stringify([user === undefined ? 0 : user, clientId === undefined ? 0 : clientId])
}
