import { ApiKey } from '../../src/protocol/apis.ts'
import { FindCoordinatorRequest, FindCoordinatorResponse } from '../../src/protocol/messages/find-coordinator.ts'
import { OffsetCommitRequest, OffsetCommitResponse } from '../../src/protocol/messages/offset-commit.ts'
import { OffsetFetchRequest, OffsetFetchResponse } from '../../src/protocol/messages/offset-fetch.ts'
import type { Addressing } from './addressing.ts'
import type { Workload } from './workload.ts'

const FIND = { key: ApiKey.FindCoordinator, request: FindCoordinatorRequest, response: FindCoordinatorResponse }
export const COMMIT = { key: ApiKey.OffsetCommit, request: OffsetCommitRequest, response: OffsetCommitResponse }
export const FETCH_OFFSETS = { key: ApiKey.OffsetFetch, request: OffsetFetchRequest, response: OffsetFetchResponse }

/** Commits ever higher offsets for a group without members and reads them back: they may never go back. */
export async function commitOffsets(group: string, at: Addressing, workload: Workload): Promise<void> {
  const { random } = workload
  let coordinator: number | undefined
  for (let offset = 1; !workload.isOver(); ) {
    try {
      coordinator ??= await findCoordinator(at, group)
      if (coordinator !== undefined) {
        const done = await commit(at, coordinator, group, workload, offset)
        if (done) offset++
        if (!done || !(await readBack(at, coordinator, group, workload))) coordinator = undefined
      }
    } catch (error) {
      if (error instanceof Error && error.constructor.name === 'Violation') throw error
      coordinator = undefined
    }
    await at.sleep(20 + random.below(100))
  }
}

/** `keyType` 0: of a group; 1: of a transactional id. */
export async function findCoordinator(at: Addressing, key: string, keyType = 0): Promise<number | undefined> {
  const answer = await at.any(FIND, 3, { key, keyType })
  if (answer.errorCode !== 0) return undefined
  at.knows(answer.nodeId, answer.host, answer.port)
  return answer.nodeId
}

async function commit(at: Addressing, broker: number, group: string, workload: Workload, offset: number) {
  const { topic, history } = workload
  const answer = await at.broker(broker, COMMIT, 8, {
    groupId: group,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }] }],
  })
  const done = answer.topics[0]?.partitions[0]?.errorCode === 0
  if (done) history.committed(group, `${topic}-0`, offset)
  return done
}

async function readBack(at: Addressing, broker: number, group: string, { topic, history }: Workload) {
  const answer = await at.broker(broker, FETCH_OFFSETS, 7, {
    groupId: group,
    topics: [{ name: topic, partitionIndexes: [0] }],
    requireStable: false,
  })
  const partition = answer.topics[0]?.partitions[0]
  if (answer.errorCode !== 0 || partition === undefined || partition.errorCode !== 0) return false
  history.committedRead(group, `${topic}-0`, partition.committedOffset)
  return true
}
