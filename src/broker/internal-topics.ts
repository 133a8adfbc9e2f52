import { KafkaError } from '../base/errors.ts'
import type { InternalTopic } from '../group/streams/configure.ts'
import type { Clock, Logger } from '../io/ports.ts'
import type { NewTopic } from '../metadata/topics/commands.ts'
import type { RequestContext } from './handler.ts'
import type { TopicMaker } from './topic-maker.ts'

/** Failures that are remembered; the ones that would be forgotten first make room. */
const MAX_FAILURES = 1000

interface Failure {
  readonly message: string
  readonly untilMs: number
}

/**
 * Makes the topics that streams applications need (KIP-1071). Nobody waits for it: members are told that topics are
 * missing until they are there, and for a while after a failure why they are not (KAFKA-19245); only then it is tried again.
 */
export class InternalTopicCreation {
  readonly #maker: TopicMaker
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #logger: Logger
  readonly #inFlight = new Set<string>()
  readonly #failures = new Map<string, Failure>()

  constructor(maker: TopicMaker, clock: Pick<Clock, 'monotonic'>, logger: Logger) {
    this.#maker = maker
    this.#clock = clock
    this.#logger = logger
  }

  /** Starts to make those that nobody makes yet and that did not fail just now. */
  request(topics: readonly InternalTopic[], rememberMs: number, client?: RequestContext): void {
    const wanted = topics.filter(({ name }) => !this.#inFlight.has(name) && this.#failure(name) === undefined)
    if (wanted.length > 0) void this.#create(wanted, rememberMs, client)
  }

  /** Topic → why it could not be made. */
  failures(topics: readonly InternalTopic[]): Map<string, string> {
    const known = topics.flatMap(({ name }): [string, string][] => {
      const failure = this.#failure(name)
      return failure === undefined ? [] : [[name, failure]]
    })
    return new Map(known)
  }

  async #create(
    topics: readonly InternalTopic[],
    rememberMs: number,
    client: RequestContext | undefined,
  ): Promise<void> {
    for (const { name } of topics) this.#inFlight.add(name)
    try {
      const made = await this.#maker.create(topics.map(newTopic), client)
      for (const { name, error, message } of made) {
        if (error !== 'NONE') this.#failed(name, message ?? error, rememberMs)
      }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      for (const { name } of topics) this.#failed(name, error.message, rememberMs)
    } finally {
      for (const { name } of topics) this.#inFlight.delete(name)
    }
  }

  #failed(topic: string, message: string, rememberMs: number): void {
    this.#logger.warn({ topic, message }, 'an internal topic of a streams application could not be created')
    this.#failures.delete(topic)
    const now = this.#clock.monotonic()
    for (const [name, { untilMs }] of this.#failures) if (untilMs <= now) this.#failures.delete(name)
    for (const name of this.#failures.keys()) {
      if (this.#failures.size < MAX_FAILURES) break
      this.#failures.delete(name)
    }
    this.#failures.set(topic, { message, untilMs: now + rememberMs })
  }

  #failure(topic: string): string | undefined {
    const failure = this.#failures.get(topic)
    return failure && failure.untilMs > this.#clock.monotonic() ? failure.message : undefined
  }
}

function newTopic({ name, partitions, replicationFactor, configs }: InternalTopic): NewTopic {
  return {
    name,
    numPartitions: partitions,
    replicationFactor: replicationFactor === 0 ? -1 : replicationFactor,
    assignments: [],
    configs: [...configs].map(([config, value]) => ({ name: config, value })),
  }
}
