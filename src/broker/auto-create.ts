import { type ErrorName, KafkaError } from '../base/errors.ts'
import type { Logger } from '../io/ports.ts'
import type { NewTopic } from '../metadata/topics/commands.ts'
import {
  GROUP_METADATA_TOPIC,
  illegalTopicName,
  SHARE_GROUP_STATE_TOPIC,
  TRANSACTION_STATE_TOPIC,
} from '../metadata/topics/names.ts'
import type { RequestContext } from './handler.ts'
import type { TopicMaker } from './topic-maker.ts'

interface TopicShape {
  readonly partitions: number
  readonly replicationFactor: number
}

/** Settings of the brokers' own topics, from the configs of the coordinators. */
interface StateTopicShape extends TopicShape {
  readonly segmentBytes: number
  readonly minIsr: number
}

export interface AutoCreateSettings {
  readonly topics: TopicShape
  readonly offsets: Omit<StateTopicShape, 'minIsr'>
  readonly transactions: StateTopicShape
  readonly shareState: StateTopicShape
}

/**
 * Makes topics that somebody asked for before they exist. Nobody waits for it: who asked is told that the topic is not
 * there yet, and asks again.
 */
export class AutoTopicCreation {
  readonly #topics: TopicMaker
  readonly #settings: AutoCreateSettings
  readonly #logger: Logger
  readonly #inFlight = new Set<string>()

  constructor(topics: TopicMaker, settings: AutoCreateSettings, logger: Logger) {
    this.#topics = topics
    this.#settings = settings
    this.#logger = logger
  }

  /** Starts to make those that can be, for a client or for this node; says for each name what its answer is meanwhile. */
  request(names: Iterable<string>, client?: RequestContext): Map<string, ErrorName> {
    const answers = new Map<string, ErrorName>()
    const topics: NewTopic[] = []
    for (const name of names) {
      const legal = illegalTopicName(name) === undefined
      answers.set(name, legal ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION')
      if (legal && !this.#inFlight.has(name)) topics.push(this.#newTopic(name))
    }
    if (topics.length > 0) void this.#create(topics, client)
    return answers
  }

  async #create(topics: readonly NewTopic[], client: RequestContext | undefined): Promise<void> {
    for (const { name } of topics) this.#inFlight.add(name)
    try {
      const results = await this.#topics.create(topics, client)
      for (const { name, error, ...rest } of results) {
        if (error === 'NONE' || error === 'TOPIC_ALREADY_EXISTS') continue
        this.#logger.warn({ topic: name, error, ...rest }, 'a topic could not be created automatically')
      }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      const names = topics.map(({ name }) => name)
      this.#logger.warn({ topics: names, error: error.error }, `topics could not be created: ${error.message}`)
    } finally {
      for (const { name } of topics) this.#inFlight.delete(name)
    }
  }

  #newTopic(name: string): NewTopic {
    const { topics, offsets, transactions, shareState } = this.#settings
    switch (name) {
      case GROUP_METADATA_TOPIC:
        return newTopic(name, offsets, {
          'compression.type': 'producer',
          'cleanup.policy': 'compact',
          'segment.bytes': offsets.segmentBytes,
        })
      case TRANSACTION_STATE_TOPIC:
        return newTopic(name, transactions, {
          'compression.type': 'uncompressed',
          'cleanup.policy': 'compact',
          'min.insync.replicas': transactions.minIsr,
          'segment.bytes': transactions.segmentBytes,
          'unclean.leader.election.enable': 'false',
        })
      case SHARE_GROUP_STATE_TOPIC:
        return newTopic(name, shareState, {
          'compression.type': 'producer',
          'cleanup.policy': 'delete',
          'min.insync.replicas': shareState.minIsr,
          'segment.bytes': shareState.segmentBytes,
          'retention.ms': -1,
        })
      default:
        return newTopic(name, topics, {})
    }
  }
}

function newTopic(name: string, shape: TopicShape, configs: Readonly<Record<string, string | number>>): NewTopic {
  return {
    name,
    numPartitions: shape.partitions,
    replicationFactor: shape.replicationFactor,
    assignments: [],
    configs: Object.entries(configs).map(([config, value]) => ({ name: config, value: String(value) })),
  }
}
