import { expect } from 'vitest'
import { assert } from '../../src/base/assert.ts'
import { LOST_DIRECTORY, MIGRATING_DIRECTORY, UNASSIGNED_DIRECTORY } from '../../src/base/ids.ts'
import type { MetadataImage, PartitionImage } from '../../src/metadata/image.ts'
import type { PartitionIndex, PartitionSet } from '../../src/metadata/partition-index.ts'
import { snapshotRecords } from '../../src/metadata/snapshot.ts'
import type { ControllerRig } from './controller-rig.ts'

const NO_LEADER = -1

function listed(set: PartitionSet): string[] {
  return [...set.topics()].flatMap(([topic, ids]) => [...ids].map((id) => `${topic}-${id}`)).sort()
}

function indexOf(index: PartitionIndex, brokers: Iterable<number>) {
  return {
    members: [...brokers].map((broker) => listed(index.withMember(broker))),
    leading: [...brokers].filter((broker) => index.leadsAny(broker)),
    leaderless: listed(index.leaderless),
    imbalanced: listed(index.imbalanced),
    reassigning: listed(index.reassigning),
  }
}

/** What must hold after every decision, whatever it was. */
export class Invariants {
  readonly #rig: ControllerRig
  readonly #epochs = new Map<string, PartitionImage>()

  constructor(rig: ControllerRig) {
    this.#rig = rig
  }

  check(): void {
    const { image } = this.#rig
    for (const topic of image.topics.values()) {
      for (const partition of topic.partitions) {
        const holds = (condition: boolean, what: string) => {
          if (!condition) assert(false, `${topic.name}: ${what}: ${JSON.stringify(partition)}`)
        }
        checkSets(partition, holds)
        checkLeader(image, partition, holds)
        this.#checkEpochs(`${topic.id}-${partition.partition}`, partition, holds)
      }
    }
  }

  /** The index is what one made anew would be, and a broker that reads the log knows the same. */
  checkCopies(): void {
    const { image, committed } = this.#rig
    const brokers = [0, 1, 2, 3, 4, 5]
    expect(indexOf(image.partitionIndex, brokers)).toEqual(indexOf(image.copy().partitionIndex, brokers))
    const [theirs, ours] = [committed, image].map((each) => JSON.stringify([...snapshotRecords(each)]))
    expect(theirs).toBe(ours)
  }

  #checkEpochs(key: string, now: PartitionImage, holds: Holds): void {
    const before = this.#epochs.get(key)
    this.#epochs.set(key, now)
    // The next controller's image has equal values of its own.
    if (before === undefined || before === now || JSON.stringify(before) === JSON.stringify(now)) return
    holds(now.leaderEpoch >= before.leaderEpoch, 'the leader epoch never goes back')
    holds(now.leader === before.leader || now.leaderEpoch > before.leaderEpoch, 'a new leader has a new epoch')
    holds(now.partitionEpoch > before.partitionEpoch, 'a change has a new partition epoch')
  }
}

type Holds = (condition: boolean, what: string) => void

function checkSets({ replicas, isr, elr, directories, ...moving }: PartitionImage, holds: Holds): void {
  for (const list of [replicas, isr, elr]) holds(new Set(list).size === list.length, 'no replica is named twice')
  for (const list of [isr, elr, moving.addingReplicas, moving.removingReplicas]) {
    for (const replica of list) holds(replicas.includes(replica), `${replica} is a replica`)
  }
  for (const replica of isr) holds(!elr.includes(replica), `${replica} is in sync or eligible, not both`)
  holds(directories.length === replicas.length, 'every replica has a directory')
  holds(replicas.length > 0, 'there are replicas')
}

function checkLeader(image: MetadataImage, partition: PartitionImage, holds: Holds): void {
  const { leader, isr, elr } = partition
  if (leader !== NO_LEADER) {
    holds(isr.includes(leader), 'the leader is in sync')
    holds(mayLead(image, partition, leader), 'the leader may lead')
    for (const replica of isr) holds(image.isActive(replica), `${replica}, in sync, is active`)
    return
  }
  for (const replica of isr.length > 0 ? isr : elr) {
    holds(!mayLead(image, partition, replica), `${replica} could lead`)
  }
  const isElr = image.featureLevel('eligible.leader.replicas.version') > 0
  holds(isElr || isr.length > 0, 'without eligible leaders the last replica stays in sync')
}

function mayLead(image: MetadataImage, { replicas, directories }: PartitionImage, replica: number): boolean {
  const directory = directories[replicas.indexOf(replica)]
  if (directory === undefined || directory === LOST_DIRECTORY || !image.isActive(replica)) return false
  if (directory === UNASSIGNED_DIRECTORY || directory === MIGRATING_DIRECTORY) return true
  return image.broker(replica)?.directories.includes(directory) ?? false
}
