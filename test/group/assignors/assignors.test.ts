import { describe, expect, test } from 'vitest'
import type { Uuid } from '../../../src/base/ids.ts'
import { AssignorError } from '../../../src/group/assignors/assignor.ts'
import { goldenObject } from '../../record/golden.ts'
import { ASSIGNORS, type AssignorName, ask, history, type Question, shown } from './cases.ts'

interface Vector {
  readonly case: string
  readonly assignor: AssignorName
  readonly subscriptionType: 'Homogeneous' | 'Heterogeneous'
  readonly topics: Readonly<Record<string, number>>
  readonly topicIds: Readonly<Record<string, Uuid>>
  readonly subscriptions: Readonly<Record<string, readonly string[]>>
  readonly instanceIds?: Readonly<Record<string, string>>
  readonly memberOrder: readonly string[]
  readonly previous: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>
  readonly result?: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>
  readonly message?: string
}

const UNKNOWN = 'AAAAAAAzv3YAAAAAADOvdg' as Uuid
const { serverAssignors } = goldenObject<{ readonly serverAssignors: readonly Vector[] }>('hashes.json')

describe("Kafka's own cases", () => {
  test.each(serverAssignors.map((vector) => [`${vector.assignor}: ${vector.case}`, vector] as const))('%s', (_, v) => {
    const named = new Map(Object.entries(v.topicIds).map(([name, id]) => [id as string, name]))
    const idOf = (name: string): Uuid => v.topicIds[name] ?? UNKNOWN
    const question: Question = {
      assignor: v.assignor,
      homogeneous: v.subscriptionType === 'Homogeneous',
      topics: Object.fromEntries(Object.entries(v.topics).map(([name, count]) => [idOf(name), count])),
      members: v.memberOrder.map((memberId) => ({
        memberId,
        instanceId: v.instanceIds?.[memberId] ?? null,
        topics: (v.subscriptions[memberId] ?? []).map(idOf),
        assigned: Object.fromEntries(Object.entries(v.previous[memberId] ?? {}).map(([n, list]) => [idOf(n), list])),
      })),
    }
    if (v.message !== undefined) {
      expect(() => ask(question)).toThrow(new AssignorError(v.message))
      return
    }
    const byName = Object.entries(shown(ask(question))).map(([memberId, topics]) => [
      memberId,
      Object.fromEntries(Object.entries(topics).map(([id, list]) => [named.get(id), list])),
    ])
    expect(Object.fromEntries(byName)).toEqual(v.result)
  })
})

describe.each(Object.keys(ASSIGNORS) as AssignorName[])('%s', (assignor) => {
  test('gives every partition to one of its subscribers', () => {
    for (let seed = 0; seed < 200; seed++) {
      for (const question of history(seed, assignor)) {
        const owners = new Map<string, string>()
        for (const [memberId, topics] of Object.entries(shown(ask(question)))) {
          const { topics: subscribed } = question.members.find((m) => m.memberId === memberId) ?? { topics: [] }
          for (const [id, list] of Object.entries(topics)) {
            expect(subscribed).toContain(id)
            for (const partition of list) {
              expect(owners.has(`${id}-${partition}`)).toBe(false)
              owners.set(`${id}-${partition}`, memberId)
            }
          }
        }
        for (const [id, count] of Object.entries(question.topics)) {
          const wanted = question.members.some(({ topics }) => topics.includes(id as Uuid))
          const given = Array.from({ length: count }, (_, p) => owners.has(`${id}-${p}`))
          expect(given).toEqual(given.map(() => wanted))
        }
      }
    }
  })
})

test('uniform: nobody has two more than another one with the same topics, and what is even stays as it is', () => {
  for (let seed = 0; seed < 200; seed++) {
    for (const question of history(seed, 'uniform')) {
      const result = shown(ask(question))
      const assigned = question.members.map((member) => ({ ...member, assigned: result[member.memberId] ?? {} }))
      expect(shown(ask({ ...question, members: assigned }))).toEqual(result)
      if (!question.homogeneous) continue
      const sizes = assigned.map((member) => Object.values(member.assigned).flat().length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }
  }
})
