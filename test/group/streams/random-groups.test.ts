import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KafkaError } from '../../../src/base/errors.ts'
import { weighted } from '../../support/steps.ts'
import { type Client, newClient, World } from './world.ts'

type Step =
  | { readonly do: 'beat'; readonly who: number; readonly lost: boolean }
  | { readonly do: 'leave'; readonly who: number }
  | { readonly do: 'topic'; readonly name: string; readonly partitions: number }
  | { readonly do: 'standby'; readonly replicas: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'restart' }

const who = fc.nat(5)
const step: fc.Arbitrary<Step> = fc.oneof(
  weighted(14, ['beat'], { who, lost: fc.nat(9).map((n) => n === 0) }),
  weighted(2, ['leave'], { who }),
  weighted(1, ['topic'], { name: fc.constantFrom('in', 'r', 'c'), partitions: fc.constantFrom(0, 3, 3, 4) }),
  weighted(1, ['standby'], { replicas: fc.nat(2) }),
  weighted(2, ['wait'], { ms: fc.constantFrom(100, 3000, 3000, 50_000) }),
  weighted(1, ['restart']),
)

const CLIENTS = 6
/** Three processes of two threads. */
const clientsOf = (): Client[] => Array.from({ length: CLIENTS }, (_, at) => newClient(`m${at}`, `p${at % 3}`))

const EXPECTED = new Set([
  'FENCED_MEMBER_EPOCH',
  'UNKNOWN_MEMBER_ID',
  'GROUP_ID_NOT_FOUND',
  'GROUP_MAX_SIZE_REACHED',
  // What a member has may be of a topic that was narrower or is no more.
  'INVALID_REQUEST',
])

function tolerate(work: () => unknown, client: Client): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof KafkaError) || !EXPECTED.has(error.error)) throw error
    if (error.error === 'INVALID_REQUEST') Object.assign(client, { epoch: 0, active: [], standby: [] })
    if (error.error === 'GROUP_ID_NOT_FOUND') Object.assign(client, { epoch: 0, active: [], standby: [] })
  }
}

/** The broker makes what is missing. */
function beatAndMake(world: World, client: Client, lost: boolean): void {
  for (const { name, partitions } of world.beat(client, {}, lost).missingTopics) world.setTopic(name, partitions)
}

function run(world: World, clients: readonly Client[], step: Step): void {
  if (step.do === 'topic') world.setTopic(step.name, step.partitions)
  else if (step.do === 'standby') world.configs = { ...world.configs, numStandbyReplicas: step.replicas }
  else if (step.do === 'wait') world.wait(step.ms)
  else if (step.do === 'restart') world.machine = world.load()
  else {
    const client = clients[step.who] as Client
    if (step.do === 'beat') tolerate(() => beatAndMake(world, client, step.lost), client)
    else if (client.epoch > 0) {
      tolerate(() => world.beat(client, { memberEpoch: -1 }), client)
      Object.assign(client, { epoch: 0, active: [], standby: [] })
    }
  }
}

/** Of the members that the coordinator knows: who was put out may not have noticed yet. */
function owners(world: World, clients: readonly Client[]): Map<string, string[]> {
  const members = new Set(world.describe()?.members.map(({ memberId }) => memberId))
  const owners = new Map<string, string[]>()
  for (const { memberId, active, epoch } of clients) {
    if (epoch === 0 || !members.has(memberId)) continue
    for (const { subtopologyId, partitions } of active) {
      for (const partition of partitions) {
        const task = `${subtopologyId}_${partition}`
        owners.set(task, [...(owners.get(task) ?? []), memberId])
      }
    }
  }
  return owners
}

/** Every client that is in goes on until nothing moves. */
function settle(world: World, clients: readonly Client[]): void {
  for (const name of ['in', 'r', 'c']) world.setTopic(name, 3)
  for (let round = 0; round < 12; round++) {
    for (const client of clients.slice(0, 4)) tolerate(() => world.beat(client), client)
    world.wait(3000)
  }
}

test('no task has two owners, everybody gets what it is to have, and the log tells it all', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
      const world = new World()
      world.setTopic('in', 3)
      const clients = clientsOf()
      for (const one of steps) {
        run(world, clients, one)
        for (const [task, members] of owners(world, clients)) {
          if (members.length > 1) throw new Error(`${task} has ${members} after ${JSON.stringify(one)}`)
        }
      }
      world.wait(60_000)
      settle(world, clients)
      const group = world.describe()
      expect(group?.groupState).toBe('Stable')
      for (const { assignment, targetAssignment } of group?.members ?? []) expect(assignment).toEqual(targetAssignment)
      expect([...owners(world, clients).keys()].sort()).toEqual(['0_0', '0_1', '0_2', '1_0', '1_1', '1_2'])
      expect(world.load().dump()).toEqual(world.machine.dump())
    }),
    { numRuns: 150 },
  )
})
