import { ErrorCode } from '../../src/base/errors.ts'
import { ApiKey } from '../../src/protocol/apis.ts'
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from '../../src/protocol/messages/alter-partition-reassignments.ts'
import { CreatePartitionsRequest, CreatePartitionsResponse } from '../../src/protocol/messages/create-partitions.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../src/protocol/messages/create-topics.ts'
import { DeleteRecordsRequest, DeleteRecordsResponse } from '../../src/protocol/messages/delete-records.ts'
import { DeleteTopicsRequest, DeleteTopicsResponse } from '../../src/protocol/messages/delete-topics.ts'
import { ElectLeadersRequest, ElectLeadersResponse } from '../../src/protocol/messages/elect-leaders.ts'
import type { Addressing } from './addressing.ts'
import type { TopicHistory } from './topic-history.ts'
import type { Workload } from './workload.ts'

export const CREATE = { key: ApiKey.CreateTopics, request: CreateTopicsRequest, response: CreateTopicsResponse }
const DELETE = { key: ApiKey.DeleteTopics, request: DeleteTopicsRequest, response: DeleteTopicsResponse }
const GROW = { key: ApiKey.CreatePartitions, request: CreatePartitionsRequest, response: CreatePartitionsResponse }
const MOVE = {
  key: ApiKey.AlterPartitionReassignments,
  request: AlterPartitionReassignmentsRequest,
  response: AlterPartitionReassignmentsResponse,
}
const ELECT = { key: ApiKey.ElectLeaders, request: ElectLeadersRequest, response: ElectLeadersResponse }
const TRIM = { key: ApiKey.DeleteRecords, request: DeleteRecordsRequest, response: DeleteRecordsResponse }
const TIMEOUT_MS = 3000
const MOST_TOPICS = 5

export interface AdminWorkload extends Workload {
  readonly topics: TopicHistory
  readonly brokers: number
  /** Topics whose partitions move; records are deleted from `topic` only. */
  readonly moving: readonly string[]
}

/** An operator who never rests: topics come, grow and go, partitions move, leaders are elected, records are deleted. */
export async function administrate(at: Addressing, workload: AdminWorkload): Promise<void> {
  const { random } = workload
  const acts = [createTopic, deleteTopic, growTopic, move, cancel, elect, trim, trim]
  for (let number = 0; !workload.isOver(); number++) {
    await at.sleep(100 + random.below(900))
    const act = acts[random.below(acts.length)]
    try {
      await act?.(at, workload, number)
    } catch (error) {
      if (error instanceof Error && error.constructor.name === 'Violation') throw error
    }
  }
}

async function createTopic(at: Addressing, { topics, random }: AdminWorkload, number: number): Promise<void> {
  if (topics.there.length >= MOST_TOPICS) return
  const name = `topic-${number}`
  const numPartitions = 1 + random.below(4)
  topics.is(name, 'unknown', numPartitions)
  const answer = await at.any(CREATE, 7, {
    topics: [{ name, numPartitions, replicationFactor: -1, assignments: [], configs: [] }],
    timeoutMs: TIMEOUT_MS,
    validateOnly: false,
  })
  if (answer.topics[0]?.errorCode === 0) topics.is(name, 'there')
}

async function deleteTopic(at: Addressing, { topics, random }: AdminWorkload): Promise<void> {
  const { there } = topics
  const name = there[random.below(there.length)]
  if (name === undefined) return
  topics.is(name, 'unknown')
  const answer = await at.any(DELETE, 5, { topics: [], topicNames: [name], timeoutMs: TIMEOUT_MS })
  if (answer.responses[0]?.errorCode === 0) topics.is(name, 'gone')
}

async function growTopic(at: Addressing, { topics, random }: AdminWorkload): Promise<void> {
  const { there } = topics
  const name = there[random.below(there.length)]
  if (name === undefined) return
  const count = topics.partitionsOf(name) + 1
  const body = { topics: [{ name, count, assignments: null }], timeoutMs: TIMEOUT_MS, validateOnly: false }
  const answer = await at.any(GROW, 3, body)
  if (answer.results[0]?.errorCode === 0) topics.is(name, 'there', count)
}

async function move(at: Addressing, { moving, random, partitions, brokers }: AdminWorkload): Promise<void> {
  const name = moving[random.below(moving.length)] ?? ''
  const ids = Array.from({ length: brokers }, (_, index) => index + 1)
  const size = Math.min(brokers, random.below(3) === 0 ? 2 : 3)
  const replicas = Array.from({ length: size }, () => ids.splice(random.below(ids.length), 1)[0] ?? 1)
  const topics = [{ name, partitions: [{ partitionIndex: random.below(partitions), replicas }] }]
  await at.any(MOVE, 1, { timeoutMs: TIMEOUT_MS, topics })
}

async function cancel(at: Addressing, { moving, random, partitions }: AdminWorkload): Promise<void> {
  const topics = moving.map((name) => ({
    name,
    partitions: [{ partitionIndex: random.below(partitions), replicas: null }],
  }))
  await at.any(MOVE, 1, { timeoutMs: TIMEOUT_MS, topics })
}

/**
 * As the last act: what moves goes back. Kafka never completes a move to replicas one of which was to be added by the move
 * before and is to be removed by this one.
 */
export async function cancelMoves(at: Addressing, names: readonly string[], partitions: number): Promise<void> {
  const all = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, replicas: null }))
  await at.any(MOVE, 1, { timeoutMs: TIMEOUT_MS, topics: names.map((name) => ({ name, partitions: all })) })
}

async function elect(at: Addressing): Promise<void> {
  await at.any(ELECT, 2, { electionType: 0, topicPartitions: null, timeoutMs: TIMEOUT_MS })
}

async function trim(at: Addressing, { topic, history, random, partitions }: AdminWorkload): Promise<void> {
  const partition = random.below(partitions)
  const name = `${topic}-${partition}`
  const leader = await at.leader(topic, partition)
  const offset = random.below(history.lastAcknowledged(name) + 1)
  if (leader === undefined || leader < 0 || offset === 0) {
    at.forgetLeader(topic, partition)
    return
  }
  history.deletes(name, offset)
  const body = { topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }], timeoutMs: TIMEOUT_MS }
  const answer = await at.broker(leader, TRIM, 2, body)
  if (answer.topics[0]?.partitions[0]?.errorCode !== ErrorCode.NONE) at.forgetLeader(topic, partition)
}
