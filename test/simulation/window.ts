import { AsyncLocalStorage } from 'node:async_hooks'
import { ReplicaRegistry } from '../../src/broker/replicas.ts'
import { MetadataNode } from '../../src/runtime/metadata-node.ts'

/** What one life of a node is made of, to look at. Nodes show none of it to their users, so it is caught as it is made. */
export interface Inside {
  metadata: MetadataNode | undefined
  replicas: ReplicaRegistry | undefined
}

/** Which life the code that runs belongs to. */
const life = new AsyncLocalStorage<Inside>()

export function lookInside<T>(inside: Inside, start: () => T): T {
  return life.run(inside, start)
}

const openMetadata = MetadataNode.open
MetadataNode.open = async (options) => {
  const metadata = await openMetadata.call(MetadataNode, options)
  const inside = life.getStore()
  if (inside !== undefined) inside.metadata = metadata
  return metadata
}

const loadReplicas = ReplicaRegistry.prototype.load
ReplicaRegistry.prototype.load = function load(this: ReplicaRegistry): void {
  const inside = life.getStore()
  if (inside !== undefined) inside.replicas = this
  loadReplicas.call(this)
}
