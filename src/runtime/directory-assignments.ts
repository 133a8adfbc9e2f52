import { errorName } from '../base/errors.ts'
import type { DirectoryId, TopicId } from '../base/ids.ts'
import type { Clock, Logger, Timer } from '../io/ports.ts'
import { RepeatedLine } from '../io/repeated-line.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { AssignReplicasToDirsResponseData } from '../protocol/messages/assign-replicas-to-dirs.ts'
import type { ControllerRequests } from './controller-types.ts'

export interface DirectoryAssignmentsOptions {
  readonly nodeId: number
  readonly brokerEpoch: () => number
  readonly controller: ControllerRequests
  /** The metadata still says otherwise, and the replica is still here. */
  readonly isNews: (topicId: TopicId, partition: number, directory: DirectoryId) => boolean
  readonly clock: Clock
  readonly logger: Logger
}

interface Placed {
  readonly topicId: TopicId
  readonly partition: number
  readonly directory: DirectoryId
}

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 10_000
const TIMEOUT_MS = 30_000
/** As many as Apache Kafka puts into one request. */
const MOST_AT_A_TIME = 2250

/** Tells the controller in which log directory replicas are, where that is not what it knows (KIP-858). */
export class DirectoryAssignments {
  readonly #options: DirectoryAssignmentsOptions
  readonly #line: RepeatedLine
  readonly #waiting = new Map<string, Placed>()
  #inFlight = false
  #failures = 0
  #scheduled: Timer | undefined
  #closed = false

  constructor(options: DirectoryAssignmentsOptions) {
    this.#options = options
    this.#line = new RepeatedLine(options.clock)
  }

  assign(topicId: TopicId, partition: number, directory: DirectoryId): void {
    this.#waiting.set(`${topicId}:${partition}`, { topicId, partition, directory })
    this.#sendIn(0)
  }

  close(): void {
    this.#closed = true
    this.#scheduled?.cancel()
    this.#waiting.clear()
  }

  #sendIn(delayMs: number): void {
    if (this.#closed || this.#inFlight || this.#scheduled !== undefined || this.#waiting.size === 0) return
    this.#scheduled = this.#options.clock.after(delayMs, () => {
      this.#scheduled = undefined
      void this.#send()
    })
  }

  async #send(): Promise<void> {
    const sent = new Map<string, Placed>()
    for (const [key, placed] of this.#waiting) {
      if (sent.size >= MOST_AT_A_TIME) break
      if (this.#options.isNews(placed.topicId, placed.partition, placed.directory)) sent.set(key, placed)
      else this.#waiting.delete(key)
    }
    if (sent.size === 0) return
    this.#inFlight = true
    try {
      const { nodeId, brokerEpoch, controller, logger } = this.#options
      const body = { brokerId: nodeId, brokerEpoch: brokerEpoch(), directories: requestOf([...sent.values()]) }
      const response = await controller.request({ api: ApiKey.AssignReplicasToDirs, body, timeoutMs: TIMEOUT_MS })
      if (response.errorCode === 0) {
        this.#line.over()
        this.#settle(response, sent)
      } else {
        const fields = { error: errorName(response.errorCode) }
        this.#line.say(() => logger.warn(fields, 'directories could not be assigned, trying again'))
      }
    } catch (error) {
      this.#line.say(() => this.#options.logger.warn({ err: error }, 'directories could not be assigned, trying again'))
    }
    this.#inFlight = false
    const isDone = [...sent.keys()].every((key) => this.#waiting.get(key) !== sent.get(key))
    this.#failures = isDone ? 0 : this.#failures + 1
    this.#sendIn(isDone ? 0 : Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LAST_RETRY_MS))
  }

  /** What the controller refuses for good would be refused again: the metadata will tell why. */
  #settle(response: AssignReplicasToDirsResponseData, sent: ReadonlyMap<string, Placed>): void {
    for (const { topics } of response.directories) {
      for (const { topicId, partitions } of topics) {
        for (const { partitionIndex, errorCode } of partitions) {
          const key = `${topicId}:${partitionIndex}`
          if (errorCode !== 0) {
            const fields = { topicId, partition: partitionIndex, error: errorName(errorCode) }
            this.#options.logger.warn(fields, 'a directory was not assigned')
          }
          if (this.#waiting.get(key) === sent.get(key)) this.#waiting.delete(key)
        }
      }
    }
  }
}

function requestOf(placed: readonly Placed[]) {
  return [...Map.groupBy(placed, ({ directory }) => directory)].map(([id, inDirectory]) => ({
    id,
    topics: [...Map.groupBy(inDirectory, ({ topicId }) => topicId)].map(([topicId, ofTopic]) => ({
      topicId,
      partitions: ofTopic.map(({ partition }) => ({ partitionIndex: partition })),
    })),
  }))
}
