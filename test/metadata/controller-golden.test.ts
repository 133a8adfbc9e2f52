import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { present } from '../../src/base/assert.ts'
import type { Uuid } from '../../src/base/ids.ts'
import { configManager } from '../../src/metadata/configs/manager.ts'
import { Controller, type ControllerCommand, type ControllerReply } from '../../src/metadata/controller.ts'
import { MetadataImage } from '../../src/metadata/image.ts'
import { preferredElections, uncleanElections } from '../../src/metadata/partitions/elections.ts'
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from '../../src/metadata/records.ts'
import { topicManager } from '../../src/metadata/topics/manager.ts'
import { MetadataTransaction } from '../../src/metadata/transaction.ts'
import { goldenPath } from '../support/golden.ts'
import { CLUSTER_ID, SESSION_MS } from './controller-rig.ts'

interface Step {
  readonly at: number
  /** As given to the controller; `tick`, `balance` and `unclean` are what it does by itself. */
  readonly command: ControllerCommand | { readonly type: 'tick' | 'balance' | 'unclean' }
  readonly result: unknown
  readonly records: readonly string[]
}

interface History {
  readonly initial: readonly string[]
  readonly steps: readonly Step[]
}

const histories = readFileSync(goldenPath('controller/histories.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as History)

const schema = { validate: () => undefined, isList: () => false, defaultOf: () => null, effective: () => [] }
const LEADERS = { minInsyncReplicas: 1, uncleanLeaderElection: false }
const NODE = 100

const fromHex = (hex: string) => decodeMetadataRecord(Buffer.from(hex, 'hex'))

/** Lives through a history; topics get the ids that they have there. */
class Life {
  readonly #controller: Controller
  readonly #ids: Uuid[] = []
  #offset = 0

  constructor(initial: readonly string[]) {
    const image = new MetadataImage(CLUSTER_ID)
    for (const hex of initial) {
      image.replay(fromHex(hex))
      this.#offset++
    }
    this.#controller = new Controller({
      wallClock: () => 0,
      start: { image, transaction: new MetadataTransaction(), isEmpty: false },
      random: { uuid: () => present(this.#ids.shift(), 'topic id'), below: () => 0 },
      managers: {
        topics: topicManager({ schema, defaults: { numPartitions: 1, replicationFactor: 1 } }),
        configs: configManager({ schema }),
      },
      settings: {
        nodeId: NODE,
        incarnationId: Buffer.alloc(16, 1).toString('base64url') as Uuid,
        voterIds: [NODE],
        sessionTimeoutMs: SESSION_MS,
        maxIdleIntervalMs: 0,
        leaders: LEADERS,
      },
    })
    this.#controller.activate(1, this.#offset, [], 1000)
  }

  live({ at, command, records }: Step): { readonly reply: unknown; readonly records: string[] } {
    for (const record of records.map(fromHex)) {
      if (record.type === 'TopicRecord') this.#ids.push(record.data.topicId)
    }
    const { image } = this.#controller
    switch (command.type) {
      case 'tick':
        return { reply: null, records: this.#ticks(at) }
      case 'balance':
        return { reply: null, records: this.#replay(preferredElections(image, LEADERS).records) }
      case 'unclean':
        return { reply: null, records: this.#replay(uncleanElections(image, LEADERS).records) }
      default: {
        const decision = this.#controller.handle(command, 0, at)
        const { reply } = present(decision.replies[0], 'reply')
        return { reply: shown(command, reply), records: this.#replay(decision.records) }
      }
    }
  }

  #ticks(at: number): string[] {
    const written: string[] = []
    while (this.#controller.deadlineMs() <= at) written.push(...this.#replay(this.#controller.tick(at).records))
    return written
  }

  #replay(records: readonly MetadataRecord[]): string[] {
    for (const record of records) this.#controller.replay(record, this.#offset++)
    return records.map((record) => encodeMetadataRecord(record).toString('hex'))
  }
}

type Partitions = readonly { readonly error: string; readonly message?: string | null }[]

/** The part of a reply that the histories hold. */
function shown(command: ControllerCommand, reply: ControllerReply): unknown {
  if (!reply.ok) return { refused: reply.error.error }
  const { value } = reply
  const partitions = () => present((value as readonly { readonly partitions: Partitions }[])[0], 'topic').partitions
  switch (command.type) {
    case 'createTopics':
      return (value as Partitions).map(({ error }) => error)
    case 'alterPartition':
      return partitions()[0]
    case 'alterPartitionReassignments':
      return partitions().map(({ error, message }) => ({ error, message }))[0]
    case 'electLeaders':
      return partitions()
    case 'assignReplicasToDirs': {
      const [directory] = value as readonly { readonly topics: readonly { readonly partitions: Partitions }[] }[]
      return directory?.topics[0]?.partitions.map(({ error }) => error)
    }
    case 'registerBroker':
    case 'brokerHeartbeat':
      return value
    default:
      return null
  }
}

describe("histories of Kafka's own controller classes", () => {
  it.each(histories.map((history, i) => [i, history] as const))('%i has the same records and replies', (_, history) => {
    const life = new Life(history.initial)
    for (const step of history.steps) {
      const { reply, records } = life.live(step)
      const what = JSON.stringify(step.command)
      expect({ what, reply }).toEqual({ what, reply: step.result })
      // Which partition comes first is a hash map's choice.
      expect({ what, records: records.toSorted() }).toEqual({ what, records: [...step.records].sort() })
    }
  })
})
