import type { Uuid } from '../../base/ids.ts'
import { inIntegerOrder, inUuidOrder } from '../java-order.ts'
import { AssignorError, type AssignorInput, type AssignorMember, type AssignorResult } from './assignor.ts'

interface Place {
  readonly topic: Uuid
  readonly partition: number
}

type Own = Map<Uuid, Set<number>>

/**
 * Everybody is subscribed to the same topics, so everybody gets a quota: the whole part, and some one partition more. Who
 * has more than that gives it up; who has less is filled with what is free. The extra partitions go to members that have
 * them already, then to the last ones.
 */
export function uniformHomogeneous({ members, partitionCount, isAssigned }: AssignorInput): AssignorResult {
  const topics = inUuidOrder(members[0]?.topics ?? [], 'at once')
  if (topics.length === 0) return new Map()
  const free: Place[] = []
  let total = 0
  for (const topic of topics) {
    const count = partitionCount(topic)
    if (count === undefined) {
      throw new AssignorError(`Members are subscribed to topic ${topic} which doesn't exist in the topic metadata.`)
    }
    for (let partition = 0; partition < count; partition++) {
      if (!isAssigned(topic, partition)) free.push({ topic, partition })
    }
    total += count
  }
  const subscribed = new Set(topics)
  const least = Math.floor(total / members.length)
  let extras = total % members.length
  const result = new Map<string, Own>()
  const unfilled: { readonly own: Own; readonly room: number }[] = []
  members.forEach((member, at) => {
    let hasExtra = extras > 0
    const { own, used } = keep(member, subscribed, least + (hasExtra ? 1 : 0), free)
    let room = least + (hasExtra ? 1 : 0) - used
    // An extra partition that it would only get now is left to others, as long as there are enough of them.
    if (room > 0 && hasExtra && members.length - at > extras) {
      room--
      hasExtra = false
    }
    if (room > 0) unfilled.push({ own, room })
    if (hasExtra) extras--
    result.set(member.memberId, own)
  })
  fill(unfilled, free)
  return result
}

/** What a member keeps of what it was to have; what goes beyond its quota becomes free. */
function keep(member: AssignorMember, subscribed: ReadonlySet<Uuid>, quota: number, free: Place[]) {
  const own: Own = new Map()
  let used = 0
  for (const topic of inUuidOrder(member.assigned.keys())) {
    const partitions = member.assigned.get(topic)
    if (partitions === undefined || !subscribed.has(topic)) continue
    const kept = new Set<number>()
    for (const partition of partitions.size <= quota - used ? partitions : inIntegerOrder(partitions, 'at once')) {
      if (used < quota) {
        kept.add(partition)
        used++
      } else {
        free.push({ topic, partition })
      }
    }
    if (kept.size > 0) own.set(topic, kept)
  }
  return { own, used }
}

function fill(unfilled: readonly { readonly own: Own; readonly room: number }[], free: readonly Place[]): void {
  let next = 0
  for (const { own, room } of unfilled) {
    for (const { topic, partition } of free.slice(next, next + room)) {
      const partitions = own.get(topic)
      if (partitions) partitions.add(partition)
      else own.set(topic, new Set([partition]))
      next++
    }
  }
  if (next < free.length) throw new AssignorError('Partitions were left unassigned')
}
