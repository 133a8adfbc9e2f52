import { setTimeout as delay } from 'node:timers/promises'
import type { Target } from '../../test/support/broker.ts'
import type { Measures } from '../table.ts'
import { ClassicMember, subscription } from './classic.ts'
import { Client, coordinators, createTopic, mebibytes, seconds, spent, start } from './client.ts'
import { ConsumerMember } from './consumer.ts'

const TOPIC = 'groups'
const COMMITS = 5
const BEAT_MS = 1_000
/** Members notice a rebalance quickly, so that what is measured is the broker's part. */
const QUICK_BEAT_MS = 100
const PARTITIONS = 200

/** Reasonably many at once, as consumers of one application start. */
async function eachOf<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items]
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

async function stable(what: string, isStable: () => boolean): Promise<void> {
  const end = performance.now() + 300_000
  while (!isStable()) {
    if (performance.now() > end) throw new Error(`${what} took too long`)
    await delay(5)
  }
}

export async function manyClassicGroups(target: Target, groups: number): Promise<Measures> {
  await using broker = await start(target, { 'group.initial.rebalance.delay.ms': '500' })
  await createTopic(broker.port, TOPIC, 3)
  const control = await Client.to(broker.port)
  await coordinators(control)
  const idle = mebibytes(broker)
  const ids = Array.from({ length: groups }, (_, i) => `classic-${i}`)
  const members: ClassicMember[][] = []
  for (const id of ids) {
    members.push(await Promise.all([1, 2, 3].map(() => ClassicMember.create(broker.port, id, subscription(TOPIC)))))
  }
  let isOver = false
  const lives: Promise<void>[] = []
  const together = (group: readonly ClassicMember[]): boolean => {
    const generation = group[0]?.generation
    const isOne = group.every((member) => member.isStable && member.generation === generation)
    return isOne && group.some(({ size }) => size === group.length)
  }
  const joined = await spent(broker, async () => {
    for (const member of members.flat()) {
      lives.push(member.join().then(() => member.live(BEAT_MS, () => isOver)))
    }
    await stable('joining', () => members.every(together))
  })
  isOver = true
  await Promise.all(lives)
  const committed = await spent(broker, async () => {
    await Promise.all(
      members.flat().map(async (member) => {
        for (let offset = 1; offset <= COMMITS; offset += 1) await member.commit(TOPIC, offset)
      }),
    )
  })
  for (const member of members.flat()) member.close()
  control.close()
  const label = `${groups} classic groups of 3`
  return {
    [`${label}: time to stable, s`]: joined.seconds,
    [`${label}: broker CPU to stable, s`]: joined.cpuSeconds,
    [`${label}: ${COMMITS} commits each, s`]: committed.seconds,
    [`${label}: broker CPU of commits, s`]: committed.cpuSeconds,
    [`${label}: memory before, MiB`]: idle,
    [`${label}: memory, MiB`]: Math.max(joined.mebibytes, committed.mebibytes),
  }
}

export async function manyConsumerGroups(target: Target, groups: number): Promise<Measures> {
  await using broker = await start(target, { 'group.consumer.assignment.interval.ms': '0' })
  await createTopic(broker.port, TOPIC, 3)
  const clients = await Promise.all(Array.from({ length: 30 }, () => Client.to(broker.port)))
  const [control] = clients
  if (control) await coordinators(control)
  const members = Array.from({ length: groups }, (_, group) =>
    [0, 1, 2].map((i) => {
      const client = clients[(3 * group + i) % clients.length]
      if (client === undefined) throw new Error('no client')
      return new ConsumerMember(client, `consumer-${group}`, `member-${i}`, TOPIC)
    }),
  )
  const joined = await spent(broker, () =>
    eachOf(members, 100, async (group) => {
      while (!group.every(({ partitions }) => partitions === 1)) await Promise.all(group.map((member) => member.beat()))
    }),
  )
  const committed = await spent(broker, () =>
    eachOf(members.flat(), 300, async (member) => {
      for (let offset = 1; offset <= COMMITS; ) {
        const isNow = await member.commit(TOPIC, offset).then(
          () => true,
          () => false,
        )
        if (isNow) offset += 1
        else await member.beat()
      }
    }),
  )
  for (const client of clients) client.close()
  const label = `${groups} KIP-848 groups of 3`
  return {
    [`${label}: time to stable, s`]: joined.seconds,
    [`${label}: broker CPU to stable, s`]: joined.cpuSeconds,
    [`${label}: ${COMMITS} commits each, s`]: committed.seconds,
    [`${label}: broker CPU of commits, s`]: committed.cpuSeconds,
    [`${label}: memory, MiB`]: Math.max(joined.mebibytes, committed.mebibytes),
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

export async function classicRebalance(target: Target, size: number, rounds: number): Promise<Measures> {
  await using broker = await start(target, { 'group.initial.rebalance.delay.ms': '500' })
  await createTopic(broker.port, TOPIC, PARTITIONS)
  const control = await Client.to(broker.port)
  await coordinators(control)
  let isOver = false
  const create = () => ClassicMember.create(broker.port, 'large', subscription(TOPIC))
  const members = await Promise.all(Array.from({ length: size }, create))
  const lives = members.map((member) => member.join().then(() => member.live(QUICK_BEAT_MS, () => isOver)))
  const isWhole = (all: readonly ClassicMember[]): boolean => {
    const generation = all[0]?.generation
    const isOne = all.every((member) => member.isStable && member.generation === generation)
    return isOne && all.some((member) => member.size === all.length)
  }
  await stable('the group', () => isWhole(members))
  const times: number[] = []
  const cost = await spent(broker, async () => {
    for (let i = 0; i < rounds; i += 1) {
      const late = await create()
      const begun = performance.now()
      await late.join()
      await stable('the rebalance', () => isWhole([...members, late]))
      times.push(seconds(begun))
      await late.leave()
      await stable('the rebalance after', () => isWhole(members))
      late.close()
    }
  })
  isOver = true
  await Promise.all(lives)
  for (const member of members) member.close()
  control.close()
  const label = `classic group of ${size}`
  return {
    [`${label}: one more joins, s`]: median(times),
    [`${label}: broker CPU of joining and leaving, s`]: cost.cpuSeconds / rounds,
  }
}

export async function consumerRebalance(target: Target, size: number, rounds: number): Promise<Measures> {
  await using broker = await start(target, {
    'group.consumer.assignment.interval.ms': '0',
    'group.consumer.min.heartbeat.interval.ms': '100',
    'group.consumer.heartbeat.interval.ms': '100',
  })
  await createTopic(broker.port, TOPIC, PARTITIONS)
  const clients = await Promise.all(Array.from({ length: size + 1 }, () => Client.to(broker.port)))
  if (clients[0]) await coordinators(clients[0])
  const create = (i: number) => {
    const client = clients[i]
    if (client === undefined) throw new Error('no client')
    return new ConsumerMember(client, 'large', `member-${i}`, TOPIC)
  }
  let isOver = false
  const members = Array.from({ length: size }, (_, i) => create(i))
  const lives = members.map((member) => member.live(QUICK_BEAT_MS, () => isOver))
  /** All have their part, the newest too, and nobody is on the way to another. */
  const isWhole = (all: readonly ConsumerMember[]): boolean => {
    const epoch = all[0]?.epoch
    const owned = all.reduce((sum, { partitions }) => sum + partitions, 0)
    return owned === PARTITIONS && all.every((member) => member.epoch === epoch && member.partitions > 0)
  }
  await stable('the group', () => isWhole(members))
  const times: number[] = []
  const cost = await spent(broker, async () => {
    for (let i = 0; i < rounds; i += 1) {
      const late = create(size)
      let isGone = false
      const begun = performance.now()
      const life = late.live(QUICK_BEAT_MS, () => isGone)
      await stable('the rebalance', () => isWhole([...members, late]))
      times.push(seconds(begun))
      isGone = true
      await life
      await late.leave()
      await stable('the rebalance after', () => isWhole(members))
    }
  })
  isOver = true
  await Promise.all(lives)
  for (const client of clients) client.close()
  const label = `KIP-848 group of ${size}`
  return {
    [`${label}: one more joins, s`]: median(times),
    [`${label}: broker CPU of joining and leaving, s`]: cost.cpuSeconds / rounds,
  }
}
