import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Prng } from '../../../src/base/prng.ts'
import { type Event, formatHistory } from '../../history/event.ts'
import { TARGET, type Target } from '../../support/broker.ts'
import { noKafka } from '../../support/kafka.ts'
import { noPython } from '../../support/python.ts'
import { Tools } from '../../support/tools.ts'
import { Compose } from '../compose.ts'
import type { Container } from '../container.ts'
import { noNamespaces } from '../network.ts'
import { EpisodeBroke, throughTransactions } from '../transactional-load.ts'
import * as trouble from '../trouble.ts'
import { noWrongClocks } from '../wrong-clock.ts'

const HELP = `Breaks a cluster of real processes again and again while producers (Java, librdkafka) and a group of consumers work on it,
and checks after each episode that nothing acknowledged is lost, doubled or out of order, and that no commit went back.
Needs root, Java, Python; a C compiler for wrong clocks.

  --minutes N     how long (default: 10)
  --seed N        which troubles (default: random; it is printed)
  --episode N     troubles between two checks (default: 5)
  --nodes N       how many nodes (default: 3)
  --troubles a,b  of kill, freeze, part, split, mute, unplug, restart, fill (its disk) and mislead (its clock) (default: all)
  --load NAME     records (default), or transactions: producers that commit, abort, crash and come back fenced, readers of both
                  isolation levels and groups that read, process and write; an anomaly is what Jepsen calls one
  --history FILE  where the history of each episode of transactions is kept, for npm run check-history (default: of those that
                  break a promise or end with an error, in the temporary directory)
  --target NAME   odradek (default) or kafka
`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    episode: { type: 'string', default: '5' },
    nodes: { type: 'string', default: '3' },
    troubles: { type: 'string' },
    load: { type: 'string', default: 'records' },
    history: { type: 'string' },
    target: { type: 'string', default: TARGET },
    help: { type: 'boolean', short: 'h' },
  },
})

type Happening = (compose: Compose, topic: string, victim: Container, load: trouble.Working) => Promise<void>

const TROUBLES: Readonly<Record<string, Happening>> = {
  kill: trouble.killAndTakeBack,
  freeze: trouble.freezeAndThaw,
  part: trouble.partAndJoin,
  split: trouble.splitAndJoin,
  mute: trouble.muteAndHear,
  unplug: trouble.unplugAndPlug,
  restart: trouble.restartCleanly,
  fill: trouble.fillAndFree,
  mislead: trouble.misleadAndCorrect,
}

const VICTIMS: Readonly<Record<string, (compose: Compose, topic: string) => Promise<Container>>> = {
  leader: trouble.leaderOf,
  controller: trouble.controllerOf,
  follower: trouble.followerOf,
}

function log(text: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${text}`)
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(HELP)
    return 0
  }
  if (noNamespaces() || noKafka() || noPython()) return 1
  const wrongClock = !noWrongClocks()
  const possible = Object.entries(TROUBLES)
    .filter(([name]) => values.troubles?.split(',').includes(name) ?? true)
    .filter(([name]) => wrongClock || name !== 'mislead')
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
  const random = new Prng(seed)
  const pick = <T>(from: readonly T[]): T => {
    const found = from[random.below(from.length)]
    if (found === undefined) throw new Error('nothing to choose from')
    return found
  }
  log(`seed ${seed}`)
  const end = Date.now() + Number(values.minutes) * 60_000
  await using tools = new Tools()
  await using compose = await Compose.up({
    target: values.target as Target,
    nodes: Number(values.nodes),
    smallDisks: true,
    wrongClock,
  })
  for (let episode = 1; Date.now() < end; episode += 1) {
    const topic = `episode-${episode}`
    const happen = async (load: trouble.Working) => {
      for (let i = 0; i < Number(values.episode) && Date.now() < end; i += 1) {
        const [what, happening] = pick(possible)
        const [whom, choose] = pick(Object.entries(VICTIMS))
        const victim = await choose(compose, topic)
        log(`${what} the ${whom}, ${victim.name}`)
        await happening(compose, topic, victim, load)
      }
    }
    const { said, broken } =
      values.load === 'transactions'
        ? await transactions(compose, tools, topic, random.below(1e9), happen)
        : await records(compose, tools, topic, happen)
    log(`${topic}: ${said}, ${broken.length} promises broken`)
    for (const each of broken) log(each)
    if (broken.length > 0) return 1
  }
  return 0
}

interface Episode {
  readonly said: string
  readonly broken: readonly string[]
}

type Happen = (load: trouble.Working) => Promise<void>

async function records(compose: Compose, tools: Tools, topic: string, happen: Happen): Promise<Episode> {
  const { acknowledged, broken } = await trouble.through(compose, tools, topic, happen)
  return { said: `${acknowledged} records acknowledged`, broken }
}

async function transactions(
  compose: Compose,
  tools: Tools,
  topic: string,
  seed: number,
  happen: Happen,
): Promise<Episode> {
  const found = await throughTransactions(compose, tools, topic, seed, happen).catch((error: unknown) => {
    if (error instanceof EpisodeBroke) log(`${topic} ended with an error, see ${keep(topic, error.events)}`)
    throw error
  })
  const { committed, aborted, unknown, records, interleaved, anomalies, events, text } = found
  const isBroken = anomalies.length > 0
  const file = isBroken || values.history !== undefined ? keep(topic, events) : ''
  const said =
    `${committed} transactions committed, ${aborted} aborted, ${unknown} unknown, ${records} records, ` +
    `${interleaved} groups of interleaved writes`
  return { said, broken: isBroken ? [...text.split('\n'), `see ${file}`] : [] }
}

function keep(topic: string, events: readonly Event[]): string {
  const file = `${values.history ?? join(tmpdir(), `history-${process.pid}`)}.${topic}.jsonl`
  writeFileSync(file, formatHistory(events))
  return file
}

process.exitCode = await main()
