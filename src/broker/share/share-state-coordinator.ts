import { type ErrorName, KafkaError } from '../../base/errors.ts'
import { coordinatorPartition } from '../../base/hash.ts'
import type { Clock } from '../../io/ports.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { SHARE_GROUP_STATE_TOPIC } from '../../metadata/topics/names.ts'
import { ShareStateMetrics } from '../../metrics/share-metrics.ts'
import type {
  DeleteState,
  InitializeState,
  ReadState,
  ReadSummary,
  ShareStateCommand,
  ShareStateReplies,
  ShareStateReply,
  StateFailure,
  WriteState,
} from '../../share/state-commands.ts'
import { shareKeyText } from '../../share/state-records.ts'
import type { AutoTopicCreation } from '../auto-create.ts'
import { coordinatorError } from '../groups.ts'
import type { MachineHost } from '../machine-host.ts'

export type KeyedStateCommand = InitializeState | ReadState | ReadSummary | WriteState | DeleteState

/** The share coordinator on another broker. */
export type RemoteShareStates = <C extends KeyedStateCommand>(
  brokerId: number,
  command: C,
) => Promise<ShareStateReplies[C['type']]>

export interface ShareStateCoordinatorOptions {
  readonly nodeId: number
  readonly host: MachineHost<ShareStateCommand, ShareStateReply>
  readonly partitionCount: () => number
  readonly image: () => Pick<MetadataImage, 'topic'>
  readonly autoCreate: Pick<AutoTopicCreation, 'request'>
  readonly remote: RemoteShareStates
  readonly clock: Pick<Clock, 'after' | 'monotonic'>
}

const FIRST_BACKOFF_MS = 50
const MAX_BACKOFF_MS = 1000
const MAX_ATTEMPTS = 12

/** Errors of a coordinator that is not there yet, or not any more. */
export const PASSING: ReadonlySet<ErrorName> = new Set([
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
])

/** The states of share partitions, wherever in the cluster their coordinator is. */
export class ShareStateCoordinator {
  readonly metrics = new ShareStateMetrics()
  readonly #options: ShareStateCoordinatorOptions

  constructor(options: ShareStateCoordinatorOptions) {
    this.#options = options
  }

  partitionFor(key: string): number {
    return coordinatorPartition(key, this.#options.partitionCount())
  }

  /** Of this broker alone, as others ask it. Never rejects with a KafkaError. */
  async local<C extends KeyedStateCommand>(command: C): Promise<ShareStateReplies[C['type']]> {
    const { host, clock } = this.#options
    const startedMs = clock.monotonic()
    try {
      const reply = await host.submit(this.partitionFor(shareKeyText(command.key)), command)
      if (command.type === 'write' && (reply as ShareStateReplies['write']).error === 'NONE') {
        const endedMs = clock.monotonic()
        this.metrics.writes++
        this.metrics.writeTimes.record(endedMs - startedMs, endedMs)
      }
      return reply as ShareStateReplies[C['type']]
    } catch (error) {
      return failure(coordinatorError(error)) as ShareStateReplies[C['type']]
    }
  }

  /** Wherever it is; asks again for a while if nobody is there. Never rejects with a KafkaError. */
  async ask<C extends KeyedStateCommand>(command: C): Promise<ShareStateReplies[C['type']]> {
    let backoffMs = FIRST_BACKOFF_MS
    for (let attempt = 1; ; attempt++) {
      const reply = await this.#once(command)
      const { error } = reply as { readonly error: ErrorName }
      if (!PASSING.has(error) || attempt === MAX_ATTEMPTS) return reply
      const delay = backoffMs
      await new Promise<void>((resolve) => this.#options.clock.after(delay, resolve))
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)
    }
  }

  /** Up to where nothing in a partition of the log is needed any more. Rejects with a KafkaError. */
  async redundantOffset(partition: number): Promise<number | undefined> {
    const reply = await this.#options.host.submit(partition, { type: 'findRedundant' })
    return (reply as ShareStateReplies['findRedundant']).offset
  }

  async topicsDeleted(
    topicIds: Extract<ShareStateCommand, { readonly type: 'topicsDeleted' }>['topicIds'],
  ): Promise<void> {
    const { host } = this.#options
    const command = { type: 'topicsDeleted', topicIds } as const
    await Promise.allSettled(host.partitions().map((partition) => host.submit(partition, command)))
  }

  #once<C extends KeyedStateCommand>(command: C): Promise<ShareStateReplies[C['type']]> {
    const { image, autoCreate, nodeId, remote } = this.#options
    const topic = image().topic(SHARE_GROUP_STATE_TOPIC)
    const leader = topic?.partitions[this.partitionFor(shareKeyText(command.key))]?.leader ?? -1
    if (leader === nodeId) return this.local(command)
    if (leader >= 0) return remote(leader, command)
    if (topic === undefined) autoCreate.request([SHARE_GROUP_STATE_TOPIC])
    const nobody = failure(new KafkaError('COORDINATOR_NOT_AVAILABLE'))
    return Promise.resolve(nobody as ShareStateReplies[C['type']])
  }
}

function failure({ error, detail }: KafkaError): StateFailure {
  return { error, message: detail }
}

export function isFailure(reply: { readonly error: ErrorName }): reply is StateFailure {
  return reply.error !== 'NONE'
}
