import { afterAll, beforeAll, describe, it } from 'vitest'
import { noTarget, startBroker, type TestBroker } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { noPython } from '../support/python.ts'
import { until } from '../support/wait.ts'
import { type Client, commit, type Member, type MemberOptions, type Outgoing } from './client.ts'
import { javaClient, pythonClient } from './driven.ts'
import { PlatformaticClient } from './platformatic.ts'

/** Clients whose members may speak KIP-848. */
interface ConsumerClient extends Client {
  join(group: string, topic: string, more?: MemberOptions): Promise<Member>
}

/** Members hear of changes with their next heartbeat: often, here. */
const PROPERTIES = {
  'group.consumer.min.heartbeat.interval.ms': '100',
  'group.consumer.heartbeat.interval.ms': '200',
  'group.consumer.assignment.interval.ms': '0',
}
const CONSUMER = { protocol: 'consumer' } as const
const ALL = [0, 1, 2, 3]

const records = (from: number, count: number): Outgoing[] =>
  Array.from({ length: count }, (_, i) => ({
    key: null,
    value: Buffer.from(`value ${from + i}`),
    headers: [],
    partition: i % ALL.length,
    timestamp: 1_700_000_000_000 + i,
  }))

async function shared(members: readonly Member[]): Promise<boolean> {
  const owned = await Promise.all(members.map((member) => member.assignment()))
  return owned.every((list) => list.length > 0) && owned.flat().sort().join() === ALL.join()
}

interface Abilities {
  /** Subscriptions by a regular expression of the broker. */
  readonly patterns: boolean
  /** Its classic members read on when members of the other protocol join. @platformatic/kafka's do not, with Kafka either. */
  readonly migrates: boolean
  /** Its members go on after the broker was killed and started again. @platformatic/kafka's do not, with Kafka either. */
  readonly survives: boolean
  /** Takes partitions that are newer than its metadata. @platformatic/kafka throws out of its own timers instead. */
  readonly grows: boolean
}

/** Every record that any of the members has seen, also of those that left. */
class Seen {
  readonly #places = new Set<string>()

  async by(members: readonly Member[]): Promise<number> {
    const got = (await Promise.all(members.map((member) => member.received()))).flat()
    for (const { partition, offset } of got) this.#places.add(`${partition}/${offset}`)
    return this.#places.size
  }
}

function describeConsumerProtocol(name: string, skip: () => boolean, make: () => ConsumerClient, can: Abilities) {
  describe.skipIf(skip() || noTarget())(`${name}, group.protocol=consumer`, () => {
    let broker: TestBroker
    let client: ConsumerClient
    beforeAll(async () => {
      broker = await startBroker({ properties: PROPERTIES })
      client = make()
      await client.connect(broker.bootstrap)
    })
    afterAll(async () => {
      await client?.close()
      await broker?.[Symbol.asyncDispose]()
    })
    const newTopic = async (topic: string) => {
      await client.createTopic(topic, ALL.length)
      await until('the topic to be there', async () => (await client.listTopics()).includes(topic))
    }

    it('shares partitions, commits, lives through a crash of the broker, and gives back', async () => {
      const seen = new Seen()
      await newTopic('shared')
      await client.produce('shared', records(0, 40), 'none')
      const first = await client.join('g', 'shared', CONSUMER)
      await until('the first member to own everything', () => shared([first]))
      await until('all records', async () => (await seen.by([first])) >= 40)
      await commit(first)
      const second = await client.join('g', 'shared', CONSUMER)
      const both = [first, second]
      await until('both members to own a part', () => shared(both))
      await client.produce('shared', records(40, 40), 'none')
      await until('every record at one of them', async () => (await seen.by(both)) >= 80)
      if (can.survives) {
        await broker.kill()
        await broker.start()
      }
      await until('records to be taken', async () => {
        await client.produce('shared', records(80, 40), 'none')
        return true
      })
      await until('the records that came last', async () => (await seen.by(both)) >= 120)
      await until('both members to own a part still', () => shared(both))
      await second.leave()
      await until('the first member to own everything again', () => shared([first]))
      await until('the rest', async () => (await seen.by([first])) >= 120)
      await until('everything to be committed', async () => {
        await first.commit()
        const committed = Object.values(await client.committed('g', 'shared'))
        return committed.reduce((sum, offset) => sum + offset, 0) >= 120
      })
      await first.leave()
    })

    it.skipIf(!can.grows)('takes more partitions while it runs', async () => {
      await newTopic('growing')
      const member = await client.join('growing', 'growing', CONSUMER)
      await until('everything', () => shared([member]))
      await client.addPartitions('growing', 6)
      await until('the new partitions', async () => (await member.assignment()).length === 6)
      await member.leave()
    })

    it.skipIf(!can.migrates)('changes from the classic protocol and back while members are in', async () => {
      const seen = new Seen()
      await newTopic('moving')
      await client.produce('moving', records(0, 40), 'none')
      const old = await client.join('moving', 'moving')
      await until('the classic member to own everything', () => shared([old]))
      const young = await client.join('moving', 'moving', CONSUMER)
      await until('both to own a part', () => shared([old, young]))
      await client.produce('moving', records(40, 40), 'none')
      await until('every record', async () => (await seen.by([old, young])) >= 80)
      await commit(old)
      await commit(young)
      await young.leave()
      await until('the classic member to own everything again', () => shared([old]))
      await client.produce('moving', records(80, 40), 'none')
      await until('the last records', async () => (await seen.by([old])) >= 120)
      await commit(old)
      await old.leave()
    })

    it.skipIf(!can.patterns)('finds topics by a regular expression on the broker', async () => {
      await newTopic('found-1')
      const member = await client.join('patterns', '', { ...CONSUMER, pattern: '^found-[0-9]+' })
      await until('the first topic', async () => (await member.assignment()).length === 4)
      await newTopic('found-2')
      await newTopic('lost-1')
      // The coordinator looks again with a heartbeat, not sooner than ten seconds after it looked last.
      await until('the second topic', async () => (await member.assignment()).length === 8)
      await member.leave()
    })
  })
}

describeConsumerProtocol('Java client 4.3.1', noKafka, () => javaClient('kafka'), {
  patterns: true,
  migrates: true,
  survives: true,
  grows: true,
})
describeConsumerProtocol('Java client 4.4.0', noKafka, () => javaClient('clients-4.4'), {
  patterns: false,
  migrates: true,
  survives: true,
  grows: true,
})
describeConsumerProtocol('librdkafka (confluent-kafka)', noPython, () => pythonClient('confluent'), {
  patterns: true,
  migrates: true,
  survives: true,
  grows: true,
})
describeConsumerProtocol(
  '@platformatic/kafka',
  () => false,
  () => new PlatformaticClient(),
  { patterns: false, migrates: false, survives: false, grows: false },
)
