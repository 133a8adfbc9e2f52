import { isLoopback } from '../insight/arrivals.ts'
import type { MetadataNode } from '../runtime/metadata-node.ts'
import type { BrokerSide } from './broker-side.ts'
import type { World } from './world.ts'

/** From here on the node remembers what becomes of partitions, and of clients that it sends on. */
export function followInsight(
  { insight, config: { nodeId } }: World,
  metadata: MetadataNode,
  broker: BrokerSide,
): void {
  metadata.onImage(({ shifts }) => insight.isr.note(shifts))
  insight.tells((connection) => {
    const told = broker.parts.endpoints.node(nodeId, connection)
    // Who was told of several brokers may be at another one; a name that means each machine itself leads nowhere at all.
    return told !== undefined && (metadata.image.brokers.size === 1 || isLoopback(told.host)) ? told : undefined
  })
}
