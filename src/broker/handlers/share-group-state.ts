import { ErrorCode, type ErrorName } from '../../base/errors.ts'
import type { Uuid } from '../../base/ids.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DeleteShareGroupStateRequest,
  DeleteShareGroupStateResponse,
} from '../../protocol/messages/delete-share-group-state.ts'
import {
  InitializeShareGroupStateRequest,
  InitializeShareGroupStateResponse,
} from '../../protocol/messages/initialize-share-group-state.ts'
import {
  ReadShareGroupStateRequest,
  ReadShareGroupStateResponse,
} from '../../protocol/messages/read-share-group-state.ts'
import {
  ReadShareGroupStateSummaryRequest,
  ReadShareGroupStateSummaryResponse,
} from '../../protocol/messages/read-share-group-state-summary.ts'
import {
  WriteShareGroupStateRequest,
  WriteShareGroupStateResponse,
} from '../../protocol/messages/write-share-group-state.ts'
import { type Handler, handler } from '../handler.ts'
import { sentenceOf } from '../share/sentences.ts'
import { isFailure, PASSING, type ShareStateCoordinator } from '../share/share-state-coordinator.ts'

export interface ShareGroupStateDeps {
  readonly states: Pick<ShareStateCoordinator, 'local'>
}

/** What brokers ask of the share coordinator: where the states of their partitions are kept. */
export function shareGroupStateHandlers({ states }: ShareGroupStateDeps): Handler[] {
  return [
    handler(
      ApiKey.InitializeShareGroupState,
      InitializeShareGroupStateRequest,
      InitializeShareGroupStateResponse,
      ({ groupId, topics }) =>
        each(groupId, topics, async (key, { stateEpoch, startOffset }) =>
          told(
            'initialize share group state',
            key.partition,
            await states.local({ type: 'initialize', key, stateEpoch, startOffset }),
          ),
        ),
    ),
    handler(
      ApiKey.ReadShareGroupState,
      ReadShareGroupStateRequest,
      ReadShareGroupStateResponse,
      ({ groupId, topics }) =>
        each(groupId, topics, async (key, { leaderEpoch }) => {
          const read = await states.local({ type: 'read', key, leaderEpoch })
          const { partition } = key
          if (isFailure(read))
            return {
              ...told('read share group state', partition, read),
              stateEpoch: 0,
              startOffset: 0,
              stateBatches: [],
            }
          const { stateEpoch, startOffset, stateBatches } = read
          return {
            ...told('read share group state', partition, read),
            stateEpoch,
            startOffset,
            stateBatches: [...stateBatches],
          }
        }),
    ),
    handler(
      ApiKey.WriteShareGroupState,
      WriteShareGroupStateRequest,
      WriteShareGroupStateResponse,
      ({ groupId, topics }) =>
        each(groupId, topics, async (key, { partition: _, ...write }) =>
          told('write share group state', key.partition, await states.local({ type: 'write', key, ...write })),
        ),
    ),
    handler(
      ApiKey.DeleteShareGroupState,
      DeleteShareGroupStateRequest,
      DeleteShareGroupStateResponse,
      ({ groupId, topics }) =>
        each(groupId, topics, async (key) =>
          told('delete share group state', key.partition, await states.local({ type: 'delete', key })),
        ),
    ),
    handler(
      ApiKey.ReadShareGroupStateSummary,
      ReadShareGroupStateSummaryRequest,
      ReadShareGroupStateSummaryResponse,
      ({ groupId, topics }) =>
        each(groupId, topics, async (key) => {
          const summary = await states.local({ type: 'readSummary', key })
          const { partition } = key
          if (isFailure(summary))
            return {
              ...told('read share group state summary', partition, summary),
              stateEpoch: 0,
              leaderEpoch: 0,
              startOffset: 0,
            }
          const { error: _, ...state } = summary
          return { ...told('read share group state summary', partition, summary), ...state }
        }),
    ),
  ]
}

interface AskedTopic<P> {
  readonly topicId: Uuid
  readonly partitions: readonly P[]
}

interface Key {
  readonly groupId: string
  readonly topicId: Uuid
  readonly partition: number
}

/** Requests without a group, or with a topic without partitions, are answered with nothing. */
async function each<P extends { readonly partition: number }, R>(
  groupId: string,
  topics: readonly AskedTopic<P>[],
  ask: (key: Key, partition: P) => Promise<R>,
): Promise<{ results: { topicId: Uuid; partitions: R[] }[] }> {
  if (groupId === '' || topics.some(({ partitions }) => partitions.length === 0)) return { results: [] }
  const results = topics.map(async ({ topicId, partitions }) => ({
    topicId,
    partitions: await Promise.all(
      partitions.map((partition) => ask({ groupId, topicId, partition: partition.partition }, partition)),
    ),
  }))
  return { results: await Promise.all(results) }
}

type Told = { readonly error: ErrorName; readonly message?: string | null }

/** A coordinator that is not there says what it could not do. */
function told(what: string, partition: number, reply: Told) {
  const errorCode = ErrorCode[reply.error]
  if (reply.error === 'NONE') return { partition, errorCode, errorMessage: null }
  const prefix = PASSING.has(reply.error) ? `Unable to ${what}: ` : ''
  const errorMessage = reply.message ?? `${prefix}${sentenceOf(errorCode)}`
  return { partition, errorCode, errorMessage }
}
