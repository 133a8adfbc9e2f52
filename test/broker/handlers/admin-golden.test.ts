import { describe, expect, it } from 'vitest'
import { present } from '../../../src/base/assert.ts'
import { type Uuid, ZERO_UUID } from '../../../src/base/ids.ts'
import { OPEN_ACCESS } from '../../../src/broker/access.ts'
import { AutoTopicCreation } from '../../../src/broker/auto-create.ts'
import { Endpoints } from '../../../src/broker/endpoints.ts'
import type { Handler } from '../../../src/broker/handler.ts'
import { alterConfigsHandler } from '../../../src/broker/handlers/alter-configs.ts'
import { createPartitionsHandler } from '../../../src/broker/handlers/create-partitions.ts'
import { createTopicsHandler } from '../../../src/broker/handlers/create-topics.ts'
import { deleteTopicsHandler } from '../../../src/broker/handlers/delete-topics.ts'
import { describeClusterHandler } from '../../../src/broker/handlers/describe-cluster.ts'
import { describeConfigsHandler } from '../../../src/broker/handlers/describe-configs.ts'
import { describeQuorumHandler } from '../../../src/broker/handlers/describe-quorum.ts'
import { describeTopicPartitionsHandler } from '../../../src/broker/handlers/describe-topic-partitions.ts'
import { incrementalAlterConfigsHandler } from '../../../src/broker/handlers/incremental-alter-configs.ts'
import { listConfigResourcesHandler } from '../../../src/broker/handlers/list-config-resources.ts'
import { listPartitionReassignmentsHandler } from '../../../src/broker/handlers/list-partition-reassignments.ts'
import { metadataHandler } from '../../../src/broker/handlers/metadata.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import type { ControllerRandom } from '../../../src/metadata/manager.ts'
import type { MetadataRecord } from '../../../src/metadata/records.ts'
import { autoCreateSettings } from '../../../src/node/metadata-settings.ts'
import {
  AdminCluster,
  ask,
  CLUSTER_ID,
  catalogOf,
  type GoldenBatch,
  type GoldenStep,
  goldenLines,
  goldenRecord,
  makerOf,
} from '../../support/admin.ts'

const steps = goldenLines<GoldenStep>('scenario.jsonl')
const batches = goldenLines<GoldenBatch>('records.jsonl')
const FIRST_OF_CLIENTS = batches.findIndex(({ records }) => records.some(({ type }) => type === 'TopicRecord'))

/** Gives new topics the ids that Kafka gave them, in the same order; a dry run's are given again. */
class GoldenIds implements ControllerRandom {
  readonly #ids = batches.flatMap(({ records }) =>
    records.flatMap(({ type, data }) => (type === 'TopicRecord' ? [(data as { topicId: Uuid }).topicId] : [])),
  )
  #next = 0

  uuid(): Uuid {
    return present(this.#ids[this.#next++], 'another topic')
  }

  below(): number {
    return 0
  }

  resume(cluster: AdminCluster): void {
    this.#next = cluster.batches.flat().filter(({ type }) => type === 'TopicRecord').length
  }
}

function start(ids: GoldenIds): { cluster: AdminCluster; handlers: Map<string, Handler> } {
  const joining = batches.slice(0, FIRST_OF_CLIENTS).flatMap(({ records }) => records.map(goldenRecord))
  const cluster = new AdminCluster(ids, joining)
  const { config } = cluster
  const image = () => cluster.image
  const endpoints = new Endpoints({ nodeId: 1, advertised: new Set(['PLAINTEXT']) }, image)
  const controller = cluster
  const access = OPEN_ACCESS
  const voter = { voterId: 1, voterDirectoryId: '5huPFtieRQufhjvZvsbTNw' as Uuid }
  const listener = { name: 'CONTROLLER', host: '127.0.0.1', port: 26001 }
  const kRaftVersionFeature = { minSupportedVersion: 0, maxSupportedVersion: 1 }
  const all = [
    metadataHandler({
      clusterId: CLUSTER_ID,
      image,
      endpoints,
      autoCreate: new AutoTopicCreation(makerOf(controller), autoCreateSettings(config), silentLogger),
      autoCreateEnabled: true,
      access,
    }),
    describeTopicPartitionsHandler({ image, maxPartitions: 2000, access }),
    describeClusterHandler({ clusterId: CLUSTER_ID, endpoints, access }),
    createTopicsHandler({ controller, access }),
    deleteTopicsHandler({ controller, image, access, deletionEnabled: true }),
    createPartitionsHandler({ controller, access }),
    incrementalAlterConfigsHandler({ controller, access }),
    alterConfigsHandler({ controller, access }),
    describeConfigsHandler({ nodeId: 1, image, catalog: catalogOf(cluster.layers), access }),
    listConfigResourcesHandler({ image }),
    listPartitionReassignmentsHandler({ image }),
    describeQuorumHandler({
      metadata: {
        describeQuorum: () => ({
          leaderId: 1,
          epoch: 3,
          highWatermark: 266,
          voters: [
            {
              replica: { id: 1, directoryId: voter.voterDirectoryId },
              logEndOffset: 266,
              lastFetchMs: 0,
              lastCaughtUpMs: 0,
            },
          ],
          observers: [],
        }),
        quorum: () => ({
          leaderId: 1,
          leaderEpoch: 3,
          highWatermark: 266,
          logEndOffset: 266,
          kraftVersion: 1,
          voters: [{ ...voter, kRaftVersionFeature, endpoints: [listener] }],
        }),
      },
    }),
  ]
  return { cluster, handlers: new Map(all.map((served) => [served.api.name, served])) }
}

/** Lists stand in the order of Java's hash maps: only what is in them counts. Documentation is not served. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    if (value.every((entry) => typeof entry === 'number')) return value
    return value.map(unordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value)
    .filter(([key]) => key !== 'documentation' && !/^last(Fetch|CaughtUp)Timestamp$/.test(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, unordered(inner)]))
}

const NAMELESS = JSON.stringify([{ topicId: ZERO_UUID, name: null }])
const DYNAMIC_TYPES = new Set([4, 8, 16, 32])

/** What is meant to differ. */
function deliberate({ api, version, request }: GoldenStep): string | undefined {
  if (api === 'Metadata' && version === 12 && JSON.stringify(request.topics) === NAMELESS) {
    return 'a topic with neither name nor id is an invalid request, not a failure of the server'
  }
  if (!api.endsWith('AlterConfigs')) return undefined
  const resources = request.resources as { resourceType: number; configs: { configOperation?: number }[] }[]
  if (resources.some(({ resourceType }) => DYNAMIC_TYPES.has(resourceType))) return 'only topics have dynamic configs'
  if (resources.some(({ configs }) => configs.some(({ configOperation }) => configOperation === 9))) {
    return 'an unknown operation is told so'
  }
  return undefined
}

/** A dry run gives out an id that nothing ever has. */
function visible({ request }: GoldenStep, answer: Record<string, unknown>): unknown {
  const shown = unordered(answer)
  if (request.validateOnly !== true) return shown
  return JSON.parse(JSON.stringify(shown, (key, value) => (key === 'topicId' ? undefined : value)))
}

function comparable(records: readonly MetadataRecord[]): unknown {
  return unordered(records.map(({ type, version, data }) => ({ type, version, data })))
}

describe('admin requests that Apache Kafka answered', () => {
  it('get the same answers and leave the same records', { timeout: 30_000 }, async () => {
    const ids = new GoldenIds()
    const { cluster, handlers } = start(ids)
    for (const step of steps) {
      const answer = await ask(present(handlers.get(step.api), step.api), step.version, step.request)
      ids.resume(cluster)
      const what = `${step.api} v${step.version} ${JSON.stringify(step.request).slice(0, 300)}`
      if (deliberate(step) === undefined) expect.soft(visible(step, answer), what).toEqual(visible(step, step.response))
    }
    const made = cluster.batches.map(comparable)
    const expected = batches.slice(FIRST_OF_CLIENTS).map(({ records }) => comparable(records.map(goldenRecord)))
    expect(made).toEqual(expected)
  })
})
