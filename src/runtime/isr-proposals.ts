import { errorName } from '../base/errors.ts'
import type { TopicId } from '../base/ids.ts'
import type { Clock, Logger, Timer } from '../io/ports.ts'
import { RepeatedLine } from '../io/repeated-line.ts'
import type { IsrProposal, IsrVerdict } from '../partition/assignment.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { AlterPartitionRequest, AlterPartitionResponseData } from '../protocol/messages/alter-partition.ts'
import type { Input } from '../protocol/schema.ts'
import type { ControllerRequests } from './controller-types.ts'

export interface ProposedIsr {
  readonly topicId: TopicId
  readonly partition: number
  readonly proposal: IsrProposal
  /** Nobody waits for the answer any more: the metadata has overtaken it. */
  isObsolete(): boolean
  settle(verdict: IsrVerdict): void
}

export interface IsrSubmitter {
  submit(proposed: ProposedIsr): void
}

export interface IsrProposalsOptions {
  readonly nodeId: number
  readonly brokerEpoch: () => number
  readonly controller: ControllerRequests
  readonly clock: Clock
  readonly logger: Logger
  readonly timeoutMs?: number
}

const RETRY_MS = 50
const TIMEOUT_MS = 30_000

/** Errors that say what became of a proposal; after any other it is sent again. */
const FINAL: ReadonlySet<string> = new Set([
  'OPERATION_NOT_ATTEMPTED',
  'INELIGIBLE_REPLICA',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'FENCED_LEADER_EPOCH',
  'INVALID_UPDATE_VERSION',
  'INVALID_REQUEST',
  'NEW_LEADER_ELECTED',
])

/**
 * Carries the leaders' ISR proposals to the controller: one AlterPartition request at a time, with everything that came up
 * while the last one was under way.
 */
export class IsrProposals implements IsrSubmitter {
  readonly #options: IsrProposalsOptions
  readonly #line: RepeatedLine
  #unsent = new Map<string, ProposedIsr>()
  #inFlight = false
  #scheduled: Timer | undefined
  #closed = false

  constructor(options: IsrProposalsOptions) {
    this.#options = options
    this.#line = new RepeatedLine(options.clock)
  }

  submit(proposed: ProposedIsr): void {
    this.#unsent.set(`${proposed.topicId}:${proposed.partition}`, proposed)
    // What comes up in one turn of the event loop goes together.
    this.#sendIn(0)
  }

  close(): void {
    this.#closed = true
    this.#scheduled?.cancel()
    this.#unsent.clear()
  }

  #sendIn(delayMs: number): void {
    if (this.#closed || this.#inFlight || this.#scheduled !== undefined) return
    this.#scheduled = this.#options.clock.after(delayMs, () => {
      this.#scheduled = undefined
      void this.#send()
    })
  }

  async #send(): Promise<void> {
    const sent = new Map([...this.#unsent].filter(([, proposed]) => !proposed.isObsolete()))
    this.#unsent = new Map()
    if (sent.size === 0) return
    this.#inFlight = true
    const response = await this.#ask([...sent.values()])
    this.#inFlight = false
    if (response !== undefined) this.#settle(response, sent)
    // What is left in `sent` got no answer.
    for (const [key, proposed] of sent) if (!this.#unsent.has(key)) this.#unsent.set(key, proposed)
    if (this.#unsent.size > 0) this.#sendIn(sent.size > 0 ? RETRY_MS : 0)
  }

  /** undefined: no answer, or one that refuses the whole. */
  async #ask(sent: readonly ProposedIsr[]): Promise<AlterPartitionResponseData | undefined> {
    const { controller, logger, timeoutMs = TIMEOUT_MS } = this.#options
    try {
      const response = await controller.request({ api: ApiKey.AlterPartition, body: this.#request(sent), timeoutMs })
      if (response.errorCode === 0) {
        this.#line.over()
        return response
      }
      const fields = { error: errorName(response.errorCode), partitions: sent.length }
      this.#line.say(() => logger.warn(fields, 'the controller refused a request to alter partitions, trying again'))
    } catch (error) {
      this.#line.say(() => {
        logger.warn({ err: error }, 'the controller could not be asked to alter partitions, trying again')
      })
    }
    return undefined
  }

  #request(sent: readonly ProposedIsr[]): Input<typeof AlterPartitionRequest> {
    const topics = new Map<TopicId, { topicId: TopicId; partitions: ReturnType<typeof partitionOf>[] }>()
    for (const proposed of sent) {
      let topic = topics.get(proposed.topicId)
      if (topic === undefined) {
        topic = { topicId: proposed.topicId, partitions: [] }
        topics.set(proposed.topicId, topic)
      }
      topic.partitions.push(partitionOf(proposed))
    }
    return {
      brokerId: this.#options.nodeId,
      brokerEpoch: this.#options.brokerEpoch(),
      topics: [...topics.values()],
    }
  }

  #settle(response: AlterPartitionResponseData, sent: Map<string, ProposedIsr>): void {
    for (const { topicId, partitions } of response.topics) {
      for (const answer of partitions) {
        const key = `${topicId}:${answer.partitionIndex}`
        const proposed = sent.get(key)
        const error = errorName(answer.errorCode)
        if (proposed === undefined) continue
        if (answer.errorCode !== 0 && !FINAL.has(error)) {
          this.#options.logger.warn(
            { topicId, partition: answer.partitionIndex, error },
            'an ISR was refused, trying again',
          )
          continue
        }
        sent.delete(key)
        const { isr, leaderEpoch, partitionEpoch } = answer
        proposed.settle(
          answer.errorCode === 0 ? { kind: 'committed', isr, leaderEpoch, partitionEpoch } : { kind: 'refused', error },
        )
      }
    }
  }
}

function partitionOf({ partition, proposal }: ProposedIsr) {
  return {
    partitionIndex: partition,
    leaderEpoch: proposal.leaderEpoch,
    newIsr: proposal.isr.map(({ brokerId }) => brokerId),
    newIsrWithEpochs: [...proposal.isr],
    leaderRecoveryState: 0,
    partitionEpoch: proposal.partitionEpoch,
  }
}
