import type { Uuid } from '../../base/ids.ts'
import { AssignorError, type AssignorInput, type AssignorMember, type AssignorResult } from './assignor.ts'

interface TopicShare {
  readonly partitions: number
  members: number
  given: number
  /** How many members have had their part. */
  served: number
}

/** Static members first, by instance; then the others by member id. */
function inRank(a: AssignorMember, b: AssignorMember): number {
  if (a.instanceId !== null && b.instanceId !== null) return a.instanceId < b.instanceId ? -1 : 1
  if (a.instanceId !== null || b.instanceId !== null) return a.instanceId !== null ? -1 : 1
  return a.memberId < b.memberId ? -1 : 1
}

/** Every topic is cut into runs of neighbouring partitions, so that topics with as many partitions go together. */
export function range(input: AssignorInput): AssignorResult {
  const members = [...input.members].sort(inRank)
  const shares = new Map<Uuid, TopicShare>()
  for (const { topics } of members) {
    for (const topic of topics) {
      const share = shares.get(topic)
      if (share) share.members++
      else shares.set(topic, { partitions: countOf(input, topic), members: 1, given: 0, served: 0 })
    }
  }
  const result = new Map<string, Map<Uuid, Set<number>>>()
  for (const { memberId, topics } of members) {
    const own = new Map<Uuid, Set<number>>()
    for (const topic of topics) {
      const share = shares.get(topic)
      const run = share ? nextRun(share) : new Set<number>()
      if (run.size > 0) own.set(topic, run)
    }
    result.set(memberId, own)
  }
  return result
}

function countOf(input: AssignorInput, topic: Uuid): number {
  const count = input.partitionCount(topic)
  if (count === undefined) throw new AssignorError('Member is subscribed to a non-existent topic')
  return count
}

function nextRun(share: TopicShare): Set<number> {
  const extra = share.served < share.partitions % share.members ? 1 : 0
  const size = Math.floor(share.partitions / share.members) + extra
  const run = new Set(Array.from({ length: size }, (_, i) => share.given + i))
  share.given += size
  share.served++
  return run
}
