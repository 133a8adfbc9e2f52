import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { batches } from '../../src/record/iterate.ts'
import type { Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'
import { type Compose, publishedPort } from './compose.ts'
import type { Container } from './container.ts'
import { violations } from './history.ts'
import { Load } from './load.ts'
import { ClusterView } from './view.ts'

export const PARTITIONS = 3
/** Clients that don't wait half a minute for a broker that will never answer. */
const PRODUCER = { 'request.timeout.ms': 3000, 'delivery.timeout.ms': 240_000, 'metadata.max.age.ms': 2000 }
const LIBRDKAFKA = {
  'socket.timeout.ms': 3000,
  'request.timeout.ms': 3000,
  'message.timeout.ms': 240_000,
  'topic.metadata.refresh.interval.ms': 2000,
}
/** Some are always in flight, and nodes, producers and consumers together leave a small machine time to breathe. */
const PER_SECOND = 150
/** A member's JoinGroup waits five seconds longer than its poll interval, also for a coordinator that is gone without a word. */
const MEMBER = {
  'request.timeout.ms': 7000,
  'default.api.timeout.ms': 15_000,
  'max.poll.interval.ms': 15_000,
  'metadata.max.age.ms': 2000,
}

/** Clients at work. */
export interface Working {
  /** Waits until everybody has got something done. */
  goesOn(): Promise<void>
  groupGoesOn(): Promise<void>
}

export interface Outcome {
  readonly acknowledged: number
  /** One sentence for each promise that was broken. */
  readonly broken: readonly string[]
}

/** A topic with producers of two kinds and a group of two at work on it while `trouble` happens; then every promise is checked. */
export async function through(
  compose: Compose,
  tools: Tools,
  topic: string,
  trouble: (load: Load) => Promise<void>,
): Promise<Outcome> {
  const { bootstrap, view } = compose
  const create = ['--create', '--topic', topic, '--partitions', String(PARTITIONS)]
  await tools.ok('kafka-topics', ['--bootstrap-server', bootstrap, ...create])
  await view.whole(topic)
  await using load = new Load({ bootstrap, topic, partitions: PARTITIONS })
  await load.produce('java', { perSecond: PER_SECOND, config: PRODUCER })
  await load.produceByLibrdkafka('rdkafka', { perSecond: PER_SECOND, config: LIBRDKAFKA })
  await load.consume(`${topic}-group`, 2, MEMBER)
  await load.goesOn()
  await load.groupGoesOn()
  try {
    await trouble(load)
    await load.goesOn()
    const history = await load.history()
    const broken = [...load.failed.map((each) => `given up: ${each}`), ...violations(history)]
    return { acknowledged: history.acknowledged.length, broken: [...broken, ...(await differences(compose, topic))] }
  } catch (error) {
    const tails = compose.containers.map(({ name, output }) => `${name}:\n${output.slice(-3_000)}`)
    throw new Error(`${String(error)}\n${tails.join('\n')}`, { cause: error })
  }
}

/** A cluster with its files at hand. */
export interface Replicated {
  readonly view: ClusterView
  files(id: number, topic: string, partition: number): string
}

/** The batches of one replica, as they are in its files. */
function logOf(dir: string): Buffer {
  const segments = readdirSync(dir).filter((name) => name.endsWith('.log'))
  return Buffer.concat(segments.sort().map((name) => readFileSync(join(dir, name))))
}

/** Replicas in sync must have the same bytes once nobody writes. */
export async function differences(cluster: Replicated, topic: string): Promise<string[]> {
  const found: string[] = []
  for (const { partition, replicas } of await cluster.view.whole(topic)) {
    const logs = replicas.map((id) => logOf(cluster.files(id, topic, partition)))
    const [first = Buffer.alloc(0)] = logs
    if ([...batches(first)].length === 0) found.push(`partition ${partition} is empty at ${replicas[0]}`)
    for (const [i, log] of logs.entries())
      if (!log.equals(first)) found.push(`partition ${partition} differs at ${replicas[i]} from ${replicas[0]}`)
  }
  return found
}

export async function leaderOf(compose: Compose, topic: string): Promise<Container> {
  const [first] = await compose.view.partitions(topic)
  return compose.node(first?.leader ?? -1)
}

export async function controllerOf(compose: Compose): Promise<Container> {
  return compose.node(await compose.view.controller())
}

/** Rather one that is not the active controller. */
export async function followerOf(compose: Compose, topic: string): Promise<Container> {
  const [first] = await compose.view.partitions(topic)
  const controller = await compose.view.controller()
  const others = first?.replicas.filter((id) => id !== first.leader) ?? []
  return compose.node(others.find((id) => id !== controller) ?? others[0] ?? -1)
}

/** Killed while clients work, seen to be replaced, started again and taken back. */
export async function killAndTakeBack(
  compose: Compose,
  topic: string,
  victim: Container,
  load: Working,
): Promise<void> {
  await victim.kill()
  await load.goesOn()
  await load.groupGoesOn()
  await compose.restart(victim.name)
  await whole(compose, topic)
}

/** SIGSTOP for a while: its sockets stay and it answers nobody. */
export async function freezeAndThaw(compose: Compose, topic: string, victim: Container, load: Working): Promise<void> {
  victim.freeze()
  try {
    await load.goesOn()
  } finally {
    victim.thaw()
  }
  await whole(compose, topic)
}

/** Cut off from the other nodes, not from clients. */
export async function partAndJoin(compose: Compose, topic: string, victim: Container, load: Working): Promise<void> {
  const others = compose.containers.filter((each) => each !== victim).map(({ host }) => host.name)
  for (const other of others) compose.network.part(victim.host.name, other)
  try {
    await mostGoOn(load)
  } finally {
    for (const other of others) compose.network.join(victim.host.name, other)
  }
  await whole(compose, topic)
  await load.goesOn()
}

/** As many as may be lost are cut off from the others together, the victim among them; clients still reach all. */
export async function splitAndJoin(compose: Compose, topic: string, victim: Container, load: Working): Promise<void> {
  const others = compose.containers.filter((each) => each !== victim)
  const few = [victim, ...others.slice(0, Math.floor(others.length / 2) - 1)]
  const many = others.filter((each) => !few.includes(each))
  const pairs = few.flatMap((one) => many.map((other) => [one.host.name, other.host.name] as const))
  for (const [one, other] of pairs) compose.network.part(one, other)
  try {
    const left = many.map(({ service }) => Number(service.environment.KAFKA_NODE_ID)).sort((a, b) => a - b)
    await new ClusterView(() => many.map((each) => publishedPort(each))).joined(left)
  } finally {
    for (const [one, other] of pairs) compose.network.join(one, other)
  }
  await whole(compose, topic)
  await load.goesOn()
}

/** Hears everybody, but nobody hears it. */
export async function muteAndHear(compose: Compose, topic: string, victim: Container, load: Working): Promise<void> {
  const others = compose.containers.filter((each) => each !== victim).map(({ host }) => host.name)
  for (const other of others) compose.network.drop(victim.host.name, other)
  try {
    await mostGoOn(load)
  } finally {
    for (const other of others) compose.network.deliver(victim.host.name, other)
  }
  await whole(compose, topic)
  await load.goesOn()
}

/** Its cable is pulled: neither nodes nor clients reach it. */
export async function unplugAndPlug(compose: Compose, topic: string, victim: Container, load: Working): Promise<void> {
  compose.network.disconnect(victim.host.name)
  try {
    await load.goesOn()
  } finally {
    compose.network.reconnect(victim.host.name)
  }
  await whole(compose, topic)
}

export async function restartCleanly(compose: Compose, topic: string, victim: Container, load: Working): Promise<void> {
  const code = await victim.stop()
  if (code !== 0 && code !== 143) throw new Error(`${victim.name} ended with ${code}\n${victim.output.slice(-3_000)}`)
  await compose.restart(victim.name)
  await whole(compose, topic)
  await load.goesOn()
}

/**
 * Its disk is full. Odradek refuses records until there is room and goes on by itself, so what it leads waits for room; Apache
 * Kafka ends, and others lead.
 */
export async function fillAndFree(compose: Compose, topic: string, victim: Container, load: Working): Promise<void> {
  const id = Number(victim.service.environment.KAFKA_NODE_ID)
  const filledAt = Date.now()
  victim.fillDisks()
  try {
    await until(`${victim.name} to have no room`, () => !victim.running || saysNoRoom(victim, filledAt), 60_000)
    const leads = (await compose.view.partitions(topic)).some(({ leader }) => leader === id)
    if (!leads || !victim.running) await load.goesOn()
  } finally {
    victim.freeDisks()
  }
  if (!victim.running) await compose.restart(victim.name)
  await whole(compose, topic)
  await load.goesOn()
}

function saysNoRoom(container: Container, sinceMs: number): boolean {
  const lines = container.output.slice(-10_000).split('\n')
  return lines.some((line) => line.includes('ENOSPC') && Number(/"time":(\d+)/.exec(line)?.[1]) >= sinceMs)
}

const HALF_AN_HOUR_MS = 1_800_000

/** Its wall clock goes forward, then back beyond where it was, then right again. */
export async function misleadAndCorrect(
  compose: Compose,
  topic: string,
  victim: Container,
  load: Working,
): Promise<void> {
  for (const wrongByMs of [HALF_AN_HOUR_MS, -HALF_AN_HOUR_MS, 0]) {
    victim.setClockWrong(wrongByMs)
    await load.goesOn()
    await load.groupGoesOn()
  }
  await whole(compose, topic)
}

const CUT_OFF_MS = 30_000

/**
 * Who asks a node that the others don't reach hears what was: it names itself as coordinator, and a client that has no other
 * connection asks it again, as with Kafka. So not everybody is waited for.
 */
async function mostGoOn(load: Working): Promise<void> {
  await Promise.race([load.goesOn().catch(() => {}), delay(CUT_OFF_MS)])
}

async function whole(compose: Compose, topic: string): Promise<void> {
  await compose.view.joined(compose.ids)
  await compose.view.whole(topic)
}
