import type { TopicId, Uuid } from '../base/ids.ts'
import type { PartitionImage } from './image-types.ts'

export interface TopicDelta {
  readonly id: TopicId
  readonly name: string
  created: boolean
  /** Ids of partitions that are new or changed. */
  readonly partitions: Set<number>
}

/** A partition has another leader or other in-sync replicas than it had. */
export interface PartitionShift {
  readonly topic: string
  readonly before: PartitionImage
  readonly after: PartitionImage
}

export interface Elections {
  all: number
  /** Of a replica that may miss committed records. */
  unclean: number
  /** Of one out of the ISR that is known to have them all (KIP-966). */
  fromEligible: number
}

/** Which parts of an image records changed; the values themselves are in the image after them. */
export class MetadataDelta {
  /** Brokers that registered, changed or went. */
  readonly brokers = new Set<number>()
  readonly controllers = new Set<number>()
  /** Topics made or changed, by id. A topic that was deleted meanwhile is in `deletedTopics` only. */
  readonly topics = new Map<TopicId, TopicDelta>()
  /** Topics that existed before and are gone. */
  readonly deletedTopics = new Map<
    TopicId,
    { readonly id: TopicId; readonly name: string; readonly partitions: number }
  >()
  /** Resources whose configs changed: see `configKey`. */
  readonly configs = new Map<string, { readonly resourceType: number; readonly name: string }>()
  readonly features = new Set<string>()
  readonly scramUsers = new Set<string>()
  readonly tokens = new Set<string>()
  clientQuotas = false
  /** Of ACLs that came or went. */
  readonly acls = new Set<Uuid>()
  producerIds = false
  /** Partitions that have another leader: by a change, not by being made. */
  readonly elections: Elections = { all: 0, unclean: 0, fromEligible: 0 }
  /** In the order in which they happened. */
  readonly shifts: PartitionShift[] = []
  /** Everything was read anew from a snapshot. */
  reloaded = false

  get isEmpty(): boolean {
    return (
      this.brokers.size + this.controllers.size + this.topics.size + this.deletedTopics.size + this.configs.size ===
        0 &&
      this.features.size + this.scramUsers.size + this.tokens.size + this.acls.size === 0 &&
      !this.clientQuotas &&
      !this.producerIds &&
      !this.reloaded
    )
  }

  topic(id: TopicId, name: string): TopicDelta {
    let delta = this.topics.get(id)
    if (!delta) {
      delta = { id, name, created: false, partitions: new Set() }
      this.topics.set(id, delta)
    }
    return delta
  }

  config(resourceType: number, name: string): void {
    this.configs.set(configKey(resourceType, name), { resourceType, name })
  }
}

export function configKey(resourceType: number, name: string): string {
  return `${resourceType}:${name}`
}
