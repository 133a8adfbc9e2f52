import type { Clock } from '../io/ports.ts'
import { inRack, readableFollowers } from '../partition/replica-selection.ts'
import type { Replica } from './replica.ts'
import type { ClusterView } from './replicas.ts'

/** Where a consumer should read instead of at its leader; undefined: at the leader. */
export type ReadReplicaSelector = (
  replica: Replica,
  offset: number,
  consumer: { readonly rack: string; readonly listenerName: string },
) => number | undefined

/** replica.selector.class = RackAwareReplicaSelector (KIP-392). */
export function rackAwareSelector(image: () => ClusterView, clock: Clock): ReadReplicaSelector {
  return (replica, offset, { rack, listenerName }) => {
    if (rack === '' || !replica.isLeader) return undefined
    const { state } = replica
    const rackOf = (id: number) => {
      const broker = image().broker(id)
      const isReachable = broker?.fenced === false && broker.endpoints.some(({ name }) => name === listenerName)
      return isReachable ? broker.rack : undefined
    }
    const isInSync = (id: number) => state.isInSync(id)
    const followers = readableFollowers(state.followers(), isInSync, rackOf, offset, clock.monotonic())
    return inRack(rack, rackOf(replica.leader) ?? null, followers)
  }
}
