import { present } from '../base/assert.ts'
import { ByteReader } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import { javaStringHash } from '../base/hash.ts'
import { ConsumerProtocolSubscription } from '../protocol/stored/consumer-protocol.ts'
import type { Member } from './member.ts'

/** Every member votes for the first protocol of its list that all support; the most votes win. */
export function chooseProtocol(members: readonly Member[]): string {
  const names = (member: Member) => member.protocols.map(({ name }) => name)
  const common = new Set(members.length === 0 ? [] : names(members[0] as Member))
  for (const member of members) {
    const own = new Set(names(member))
    for (const name of common) if (!own.has(name)) common.delete(name)
  }
  const votes = new Map<string, number>()
  for (const member of members) {
    const choice = present(
      names(member).find((name) => common.has(name)),
      `a protocol that all members have`,
    )
    votes.set(choice, (votes.get(choice) ?? 0) + 1)
  }
  return [...votes].sort(([a, m], [b, n]) => n - m || bucket(a) - bucket(b))[0]?.[0] ?? ''
}

/** Ties are broken by the place that a small Java hash map gives a name, as in Kafka. */
function bucket(name: string): number {
  const hash = javaStringHash(name)
  return (hash ^ (hash >>> 16)) & 15
}

/**
 * The union of the members' subscriptions, read as version 0, with which every version begins; undefined where one of
 * them is something else.
 */
export function subscribedTopics(metadata: readonly Buffer[]): Set<string> | undefined {
  const topics = new Set<string>()
  try {
    for (const bytes of metadata) {
      const reader = new ByteReader(bytes)
      reader.int16()
      for (const topic of ConsumerProtocolSubscription.decode(reader, 0).topics) topics.add(topic)
    }
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
  return topics
}
