import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { stickyAssignment } from '../../../src/group/streams/assignor/sticky.ts'
import type { TaskSets } from '../../../src/group/streams/tasks.ts'

type Partitions = Readonly<Record<string, readonly number[]>>

/** What Kafka 4.3.1's StickyTaskAssignor gave the members, which had what is said before. */
interface Vector {
  readonly replicas: number
  readonly topology: readonly (readonly [id: string, tasks: number, isStateful: boolean])[]
  readonly members: readonly (readonly [id: string, process: string, active: Partitions, standby: Partitions])[]
  readonly expected: readonly (readonly [active: Partitions, standby: Partitions])[]
}

const vectors = readFileSync(new URL('../../golden/streams/assignments.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector)

const sets = (partitions: Partitions): TaskSets =>
  new Map(Object.entries(partitions).map(([id, numbers]) => [id, new Set(numbers)]))

const plain = (tasks: TaskSets | undefined): Partitions =>
  Object.fromEntries([...(tasks ?? [])].map(([id, numbers]) => [id, [...numbers].sort((a, b) => a - b)]))

test('tasks go where Kafka puts them', () => {
  expect(vectors.length).toBeGreaterThan(100)
  for (const { replicas, topology, members, expected } of vectors) {
    const specs = members.map(([id, processId, active, standby]) => {
      return [id, { processId, tasks: { active: sets(active), standby: sets(standby), warmup: new Map() } }] as const
    })
    const subtopologies = topology.map(([id, tasks, isStateful]) => [id, { tasks, isStateful }] as const)
    const assigned = stickyAssignment(new Map(specs), new Map(subtopologies), replicas)
    expect(members.map(([id]) => [plain(assigned.get(id)?.active), plain(assigned.get(id)?.standby)])).toEqual(expected)
  }
})
