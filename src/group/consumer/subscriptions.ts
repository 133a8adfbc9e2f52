import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, regexOf } from './member.ts'

/** How the members of a group are subscribed, as it will be when some of them have changed. */
export interface Subscriptions {
  /** Topic name → members that name it. */
  readonly names: Map<string, number>
  /** Regular expression → members that use it. */
  readonly regexes: Map<string, number>
}

/** As of the group's records, with `before` replaced by `after`; either may be missing. */
export function subscriptionsWith(
  group: ConsumerGroup,
  before: ConsumerMember | undefined,
  after: ConsumerMember | undefined,
): Subscriptions {
  const names = new Map(group.nameCounts)
  const regexes = new Map(group.regexCounts)
  for (const [member, change] of [
    [before, -1],
    [after, 1],
  ] as const) {
    for (const name of member?.topicNames ?? []) count(names, name, change)
    const regex = regexOf(member)
    if (regex) count(regexes, regex, change)
  }
  return { names, regexes }
}

export function count(counts: Map<string, number>, key: string, change: number): void {
  const next = (counts.get(key) ?? 0) + change
  // A member that is only about to be replayed may be subtracted without having been counted.
  if (next <= 0) counts.delete(key)
  else counts.set(key, next)
}

/** Every topic that somebody is subscribed to. */
export function topicNames(group: ConsumerGroup, { names, regexes }: Subscriptions): Set<string> {
  const all = new Set(names.keys())
  for (const regex of regexes.keys()) for (const topic of group.regexes.get(regex)?.topics ?? []) all.add(topic)
  return all
}

/** All members are subscribed to the same topics, as far as the counts tell. */
export function isHomogeneous({ names, regexes }: Subscriptions, members: number): boolean {
  if (regexes.size === 0) return [...names.values()].every((subscribers) => subscribers === members)
  // One expression for everybody; names beside it may be those of some members only.
  return [...regexes.values()][0] === members && names.size === 0
}
