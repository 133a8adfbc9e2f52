import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { weighted } from '../../support/steps.ts'
import { SETTINGS } from '../scenario.ts'
import { type Client, World } from './world.ts'

type Step =
  | { readonly do: 'step'; readonly who: number; readonly lost: boolean }
  | { readonly do: 'leave'; readonly who: number; readonly away: boolean }
  | { readonly do: 'subscribe'; readonly who: number; readonly topics: readonly string[]; readonly regex: string }
  | { readonly do: 'assignor'; readonly who: number; readonly name: string | null }
  | { readonly do: 'topic'; readonly name: string; readonly partitions: number }
  | { readonly do: 'delete'; readonly name: string }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'restart' }

const who = fc.nat(5)
const step: fc.Arbitrary<Step> = fc.oneof(
  weighted(14, ['step'], { who, lost: fc.nat(9).map((n) => n === 0) }),
  weighted(2, ['leave'], { who, away: fc.boolean() }),
  weighted(2, ['subscribe'], {
    who,
    topics: fc.subarray(['a', 'b', 'nowhere']),
    regex: fc.constantFrom('', '', '', '[ab]', 'b.*'),
  }),
  weighted(1, ['assignor'], { who, name: fc.constantFrom('range', 'uniform', null) }),
  weighted(1, ['topic'], { name: fc.constantFrom('a', 'b', 'bb'), partitions: fc.integer({ min: 1, max: 6 }) }),
  weighted(1, ['delete'], { name: fc.constantFrom('b', 'bb') }),
  weighted(2, ['wait'], { ms: fc.constantFrom(0, 1000, 12_000, 50_000) }),
  weighted(1, ['restart']),
)

function play(world: World, one: Step): void {
  const client = 'who' in one ? (world.clients[one.who % world.clients.length] as Client) : undefined
  if (one.do === 'step' && client) world.step(client, one.lost)
  else if (one.do === 'leave' && client) world.leave(client, one.away)
  else if (one.do === 'subscribe' && client) {
    Object.assign(client, { topics: one.topics, regex: client.classic ? '' : one.regex, full: true })
    if (client.classic && client.phase === 'in') client.phase = 'out'
  } else if (one.do === 'assignor' && client) Object.assign(client, { assignor: one.name, full: true })
  else if (one.do === 'topic') {
    const known = world.topics.named(one.name)
    world.topics.set(one.name, Math.max(one.partitions, known?.partitions ?? 0))
    world.topicsChanged([one.name], known === undefined)
  } else if (one.do === 'delete') {
    world.topics.delete(one.name)
    world.topicsChanged([one.name], false)
  } else if (one.do === 'wait') world.wait(one.ms)
  else if (one.do === 'restart') world.restart()
}

/** What must be true whenever one looks: the coordinator never gives a partition to two, and epochs never go back. */
class Watcher {
  #groupEpoch = 0
  #memberEpochs = new Map<string, number>()

  look(world: World): void {
    const group = world.describe()
    if (group === undefined) {
      this.#groupEpoch = 0
      this.#memberEpochs.clear()
      return
    }
    expect(group.groupEpoch).toBeGreaterThanOrEqual(this.#groupEpoch)
    expect(group.assignmentEpoch).toBeLessThanOrEqual(group.groupEpoch)
    this.#groupEpoch = group.groupEpoch
    const owners = new Set<string>()
    const epochs = new Map<string, number>()
    for (const member of group.members) {
      expect(member.memberEpoch).toBeLessThanOrEqual(group.assignmentEpoch)
      const before = this.#memberEpochs.get(member.memberId)
      if (before !== undefined && member.memberEpoch >= 0) expect(member.memberEpoch).toBeGreaterThanOrEqual(before)
      epochs.set(member.memberId, member.memberEpoch)
      for (const { topicName, partitions } of member.assignment.topicPartitions) {
        for (const partition of partitions) {
          expect(owners.has(`${topicName}-${partition}`), `${topicName}-${partition} has one owner`).toBe(false)
          owners.add(`${topicName}-${partition}`)
        }
      }
    }
    this.#memberEpochs = epochs
  }
}

/** Of members of the consumer protocol whose last answer came through: they own what the coordinator thinks. */
function clientsShareNothing(world: World): void {
  const members = new Map(world.describe()?.members.map((member) => [member.memberId, member]))
  const owners = new Map<string, string>()
  for (const client of world.clients) {
    const known = members.get(client.memberId)
    if (client.classic || client.full || known?.memberEpoch !== client.epoch) continue
    for (const place of client.owned) {
      expect(owners.get(place), place).toBeUndefined()
      owners.set(place, client.memberId)
    }
  }
}

/** Left in peace, everybody ends with what is meant for them. */
function settle(world: World): void {
  for (let round = 0; round < 40; round++) {
    for (const client of world.clients) world.step(client)
    world.wait(2000)
  }
  const group = world.describe()
  if (group === undefined) return
  expect(group.groupState).toBe('Stable')
  const given: string[] = []
  for (const member of group.members) {
    expect(member.memberEpoch).toBe(group.assignmentEpoch)
    const [has, target] = [member.assignment, member.targetAssignment].map(({ topicPartitions }) =>
      topicPartitions.flatMap(({ topicName, partitions }) => partitions.map((p) => `${topicName}-${p}`)).sort(),
    )
    expect(has).toEqual(target)
    given.push(...(has ?? []))
  }
  const wanted = [...world.topics.names()].filter((name) =>
    world.clients.some(
      ({ topics, regex }) => topics.includes(name) || (regex !== '' && new RegExp(`^(?:${regex})$`).test(name)),
    ),
  )
  const all = wanted.flatMap((name) =>
    Array.from({ length: world.topics.named(name)?.partitions ?? 0 }, (_, p) => `${name}-${p}`),
  )
  expect(given.sort()).toEqual(all.sort())
}

const consumer = { classic: false, instanceId: null }
const classic = { classic: true, instanceId: null }
const KINDS = {
  'of the consumer protocol': [consumer, consumer, consumer, { classic: false, instanceId: 'i' }],
  'of both protocols': [consumer, consumer, classic, classic],
  'of which one member alone speaks the consumer protocol': [consumer, classic, classic],
}

describe.each(Object.entries(KINDS))('random groups %s', (kind, clients) => {
  test('share nothing, come to rest, and come back the same from their log', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const world = new World(SETTINGS, clients)
        const watcher = new Watcher()
        for (const one of steps) {
          play(world, one)
          watcher.look(world)
          if (kind === 'of the consumer protocol') clientsShareNothing(world)
        }
        expect(world.replayed()).toEqual(world.machine.dump())
        settle(world)
        expect(world.replayed()).toEqual(world.machine.dump())
        world.wait(200_000_000)
        expect(Object.values(world.machine.dump() as object).flat()).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})
