import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Uuid } from '../../../src/base/ids.ts'
import type { Partitions } from '../../../src/group/assignors/assignor.ts'
import { inStringOrder } from '../../../src/group/java-order.ts'
import { simple } from '../../../src/group/share/simple-assignor.ts'

interface Case {
  readonly topics: readonly { readonly id: Uuid; readonly partitions: number; readonly allowed: readonly number[] }[]
  readonly steps: readonly {
    readonly homogeneous: boolean
    /** The topics of each member. */
    readonly members: Readonly<Record<string, readonly Uuid[]>>
    readonly expected: Readonly<Record<string, Readonly<Record<Uuid, readonly number[]>>>>
  }[]
}

/** Groups whose members come and go, one a line, with what Kafka's SimpleAssignor made of each state. */
const cases = readFileSync(new URL('../../golden/share-assignments.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')

function targetsOf(expected: Case['steps'][number]['expected']): Map<string, Partitions> {
  return new Map(
    Object.entries(expected).map(([memberId, topics]) => [
      memberId,
      new Map(Object.entries(topics).map(([topicId, ids]) => [topicId as Uuid, new Set(ids)])),
    ]),
  )
}

/** In one order, without topics of which there is nothing. */
function plain(targets: ReadonlyMap<string, Partitions>) {
  return [...targets].sort(byKey).map(([memberId, target]) => [
    memberId,
    [...target]
      .filter(([, ids]) => ids.size > 0)
      .map(([topicId, ids]) => `${topicId}: ${[...ids].sort((a, b) => a - b)}`)
      .sort(),
  ])
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1)

test.each(cases.map((line, i) => [i, JSON.parse(line) as Case] as const))(
  'group %i as Kafka assigns it',
  (_, group) => {
    const counts = new Map(group.topics.map(({ id, partitions }) => [id, partitions]))
    const allowed = new Map(group.topics.map((topic) => [topic.id, new Set(topic.allowed)]))
    let targets = new Map<string, Partitions>()
    for (const { homogeneous, members, expected } of group.steps) {
      const result = simple({
        members: inStringOrder(Object.keys(members)).map((memberId) => ({
          memberId,
          instanceId: null,
          topics: members[memberId] ?? [],
          assigned: targets.get(memberId) ?? new Map(),
        })),
        homogeneous,
        partitionCount: (topicId) => counts.get(topicId),
        isAssigned: () => false,
        isAssignable: (topicId, partition) => allowed.get(topicId)?.has(partition) === true,
      })
      targets = targetsOf(expected)
      expect(plain(result)).toEqual(plain(targets))
    }
  },
)
