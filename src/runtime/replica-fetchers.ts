import type { FollowedReplica, Followers } from './followed-replica.ts'
import type { FetcherWorld } from './replica-fetch-world.ts'
import { ReplicaFetcher } from './replica-fetcher.ts'

export type { FetcherSettings, FetcherWorld, FollowerQuota } from './replica-fetch-world.ts'

/** All fetchers of a broker: num.replica.fetchers for each leader that replicas here follow. */
export class ReplicaFetchers implements Followers {
  readonly #world: FetcherWorld
  readonly #fetchers = new Map<string, ReplicaFetcher>()
  readonly #byReplica = new Map<FollowedReplica, ReplicaFetcher>()
  #perLeader: number
  #closed = false

  constructor(world: FetcherWorld, perLeader: number) {
    this.#world = world
    this.#perLeader = perLeader
  }

  follow(replica: FollowedReplica): void {
    if (this.#closed) return
    const fetcher = this.#fetcherFor(replica)
    const before = this.#byReplica.get(replica)
    if (before !== undefined && before !== fetcher) this.#leave(replica, before)
    this.#byReplica.set(replica, fetcher)
    fetcher.follow(replica)
  }

  unfollow(replica: FollowedReplica): void {
    const fetcher = this.#byReplica.get(replica)
    if (fetcher === undefined) return
    this.#byReplica.delete(replica)
    this.#leave(replica, fetcher)
  }

  #leave(replica: FollowedReplica, fetcher: ReplicaFetcher): void {
    fetcher.unfollow(replica)
    if (!fetcher.isEmpty) return
    fetcher.close()
    for (const [key, one] of this.#fetchers) if (one === fetcher) this.#fetchers.delete(key)
  }

  /** num.replica.fetchers was changed. */
  resize(perLeader: number): void {
    if (perLeader === this.#perLeader || this.#closed) return
    this.#perLeader = perLeader
    const replicas = [...this.#byReplica.keys()]
    for (const fetcher of this.#fetchers.values()) fetcher.close()
    this.#fetchers.clear()
    this.#byReplica.clear()
    for (const replica of replicas) this.follow(replica)
  }

  close(): void {
    this.#closed = true
    for (const fetcher of this.#fetchers.values()) fetcher.close()
    this.#fetchers.clear()
    this.#byReplica.clear()
  }

  #fetcherFor(replica: FollowedReplica): ReplicaFetcher {
    const id = (31 * hashOf(replica.topic) + replica.partition) >>> 0
    const index = (id & 0x7fff_ffff) % this.#perLeader
    const key = `${replica.leader} ${index}`
    let fetcher = this.#fetchers.get(key)
    if (fetcher === undefined) {
      fetcher = new ReplicaFetcher(replica.leader, index, this.#world)
      this.#fetchers.set(key, fetcher)
    }
    return fetcher
  }
}

function hashOf(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (Math.imul(31, hash) + text.charCodeAt(at)) | 0
  return hash
}
