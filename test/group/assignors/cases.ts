import type { Uuid } from '../../../src/base/ids.ts'
import { Prng } from '../../../src/base/prng.ts'
import type { Assignor, AssignorMember, AssignorResult, Partitions } from '../../../src/group/assignors/assignor.ts'
import { range } from '../../../src/group/assignors/range.ts'
import { uniform } from '../../../src/group/assignors/uniform.ts'
import { inStringOrder } from '../../../src/group/java-order.ts'

export type AssignorName = 'uniform' | 'range'
export const ASSIGNORS: { readonly [N in AssignorName]: Assignor } = { uniform, range }

/** What an assignor is asked, as the oracle reads it too. */
export interface Question {
  readonly assignor: AssignorName
  readonly homogeneous: boolean
  readonly topics: { readonly [topicId: string]: number }
  readonly members: readonly {
    readonly memberId: string
    readonly instanceId: string | null
    readonly topics: readonly Uuid[]
    readonly assigned: { readonly [topicId: string]: readonly number[] }
  }[]
}

export type Given = { readonly [memberId: string]: { readonly [topicId: string]: readonly number[] } }

function partitionsOf(assigned: { readonly [topicId: string]: readonly number[] }): Partitions {
  return new Map(Object.entries(assigned).map(([id, list]) => [id as Uuid, new Set(list)]))
}

export function ask({ assignor, homogeneous, topics, members }: Question): AssignorResult {
  const byId = new Map<string, AssignorMember>(
    members.map((member) => [member.memberId, { ...member, assigned: partitionsOf(member.assigned) }]),
  )
  const taken = new Set(
    members.flatMap(({ assigned }) => Object.entries(assigned).flatMap(([id, list]) => list.map((p) => `${id}-${p}`))),
  )
  return ASSIGNORS[assignor]({
    members: inStringOrder(byId.keys()).flatMap((id) => byId.get(id) ?? []),
    homogeneous,
    partitionCount: (topic) => topics[topic],
    isAssigned: (topic, partition) => taken.has(`${topic}-${partition}`),
  })
}

/** Sorted, without what is empty. */
export function shown(result: AssignorResult): Given {
  const sorted = <T>(entries: Iterable<readonly [string, T]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    sorted(result).map(([memberId, topics]) => [
      memberId,
      Object.fromEntries(
        sorted(topics)
          .filter(([, partitions]) => partitions.size > 0)
          .map(([id, partitions]) => [id, [...partitions].sort((a, b) => a - b)]),
      ),
    ]),
  )
}

/** A group whose members, subscriptions and topics change a few times; each state is a question with the last answer. */
export function* history(seed: number, assignor: AssignorName): IterableIterator<Question> {
  const prng = new Prng(seed)
  const int = (below: number): number => prng.below(below)
  const randomId = (): Uuid => Buffer.from(Array.from({ length: 16 }, () => int(256))).toString('base64url') as Uuid
  const topics = new Map<Uuid, number>()
  for (let i = 1 + int(5); i > 0; i--) topics.set(randomId(), 1 + int(int(4) === 0 ? 60 : 9))
  const homogeneous = int(2) === 0
  const members = new Map<string, { readonly instanceId: string | null; topics: Uuid[] }>()
  let assigned: Given = {}
  for (let round = 0; round < 5; round++) {
    const subscription = () => [...topics.keys()].filter(() => homogeneous || int(3) > 0)
    for (let i = int(round === 0 ? 7 : 3) + (round === 0 ? 1 : 0); i > 0; i--) {
      const instanceId = int(4) === 0 ? `i${int(1000)}-${members.size}` : null
      members.set(randomId(), { instanceId, topics: subscription() })
    }
    for (const id of members.keys()) if (members.size > 1 && int(5) === 0) members.delete(id)
    if (!homogeneous) for (const member of members.values()) if (int(4) === 0) member.topics = subscription()
    for (const [id, count] of topics) if (int(4) === 0) topics.set(id, count + int(5))
    const question: Question = {
      assignor,
      homogeneous,
      topics: Object.fromEntries(topics),
      members: [...members].map(([memberId, member]) => ({ memberId, ...member, assigned: assigned[memberId] ?? {} })),
    }
    yield question
    assigned = shown(ask(question))
  }
}
