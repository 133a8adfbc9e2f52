import { describe, expect, it } from 'vitest'
import { present } from '../../../src/base/assert.ts'
import { ErrorCode } from '../../../src/base/errors.ts'
import { ZERO_UUID } from '../../../src/base/ids.ts'
import type { ControllerPort } from '../../../src/broker/admin.ts'
import { controllerHandlers } from '../../../src/broker/handlers/controller/index.ts'
import { supportedFeatures } from '../../../src/metadata/features.ts'
import { ApiKey } from '../../../src/protocol/apis.ts'
import { CLUSTER_ID, ControllerRig, dirOf, uuid } from '../../metadata/controller-rig.ts'
import { ask, refusingController } from '../../support/admin.ts'

function portOf(rig: ControllerRig): ControllerPort {
  return {
    submit: async (command) => {
      await null
      return rig.submit(command)
    },
  }
}

function served(key: number, rig: ControllerRig, controller: ControllerPort = portOf(rig)) {
  const handlers = controllerHandlers({ controller, image: () => rig.committed })
  const handler = present(
    handlers.find(({ api }) => api.key === key),
    `API ${key}`,
  )
  return (request: unknown, version = handler.api.request.versions.max) => ask(handler, version, request)
}

const FEATURES = supportedFeatures().map(({ name, min, max }) => {
  return { name, minSupportedVersion: min, maxSupportedVersion: max }
})
const LISTENERS = [{ name: 'PLAINTEXT', host: 'h', port: 65_535, securityProtocol: 0 }]

describe('what nodes ask the controller', () => {
  it('BrokerRegistration and BrokerHeartbeat', async () => {
    const rig = new ControllerRig()
    const register = served(ApiKey.BrokerRegistration, rig)
    const request = {
      brokerId: 1,
      clusterId: CLUSTER_ID,
      incarnationId: uuid(1),
      listeners: LISTENERS,
      features: FEATURES,
      rack: 'r',
      isMigratingZkBroker: false,
      logDirs: [dirOf(1)],
      previousBrokerEpoch: -1,
    }
    const brokerEpoch = rig.offset
    expect(await register(request)).toEqual({ throttleTimeMs: 0, errorCode: 0, brokerEpoch })
    expect(rig.committed.broker(1)).toMatchObject({ rack: 'r', endpoints: LISTENERS, directories: [dirOf(1)] })
    const other = await register({ ...request, clusterId: 'other' })
    expect(other).toMatchObject({ errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID, brokerEpoch: -1 })
    const old = await register({ ...request, brokerId: 2, incarnationId: uuid(2) }, 0)
    expect(old.errorCode).toBe(ErrorCode.INVALID_REGISTRATION)
    const zk = await register({ ...request, isMigratingZkBroker: true })
    expect(zk.errorCode).toBe(ErrorCode.BROKER_ID_NOT_REGISTERED)

    const beat = served(ApiKey.BrokerHeartbeat, rig)
    const alive = { brokerId: 1, brokerEpoch, currentMetadataOffset: 100, wantFence: false, wantShutDown: false }
    const state = { errorCode: 0, isCaughtUp: true, isFenced: false, shouldShutDown: false }
    expect(await beat({ ...alive, offlineLogDirs: [] })).toMatchObject(state)
    expect(await beat(alive, 0)).toMatchObject(state)
    const stale = await beat({ ...alive, brokerEpoch: 0, offlineLogDirs: [] })
    expect(stale).toMatchObject({ errorCode: ErrorCode.STALE_BROKER_EPOCH, isCaughtUp: false, isFenced: true })
  })

  it('ControllerRegistration', async () => {
    const rig = new ControllerRig()
    const register = served(ApiKey.ControllerRegistration, rig)
    const request = { controllerId: 7, incarnationId: uuid(1), zkMigrationReady: false, listeners: LISTENERS }
    expect(await register({ ...request, features: FEATURES })).toMatchObject({ errorCode: 0, errorMessage: null })
    expect(rig.committed.controllers.get(7)).toMatchObject({ endpoints: LISTENERS })
    const old = new ControllerRig({ features: { 'metadata.version': 14, 'eligible.leader.replicas.version': 0 } })
    expect(await served(ApiKey.ControllerRegistration, old)({ ...request, features: [] })).toMatchObject({
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
      errorMessage: 'The current MetadataVersion is too old to support controller registrations.',
    })
  })

  it('AlterPartition, with and without the epochs of members', async () => {
    const rig = new ControllerRig().join(1, 2)
    const topicId = rig.topic('t', [1, 2])
    const alter = served(ApiKey.AlterPartition, rig)
    const request = (newIsrWithEpochs: unknown[], newIsr: number[], partitionEpoch: number) => {
      const partition = { partitionIndex: 0, leaderEpoch: 0, leaderRecoveryState: 0, partitionEpoch }
      const topics = [{ topicId, partitions: [{ ...partition, newIsr, newIsrWithEpochs }] }]
      return { brokerId: 1, brokerEpoch: rig.epochOf(1), topics }
    }
    const member = (brokerId: number, brokerEpoch = rig.epochOf(brokerId)) => ({ brokerId, brokerEpoch })
    const answer = { partitionIndex: 0, errorCode: 0, leaderId: 1, leaderEpoch: 0, leaderRecoveryState: 0 }
    expect(await alter(request([member(1)], [], 0), 3)).toMatchObject({
      errorCode: 0,
      topics: [{ topicId, partitions: [{ ...answer, isr: [1], partitionEpoch: 1 }] }],
    })
    expect(await alter(request([member(1), member(2, 0)], [], 1), 3)).toMatchObject({
      topics: [{ partitions: [{ errorCode: ErrorCode.INELIGIBLE_REPLICA, leaderId: 0, isr: [] }] }],
    })
    expect(await alter(request([], [1, 2], 1), 2)).toMatchObject({
      topics: [{ partitions: [{ ...answer, isr: [1, 2], partitionEpoch: 2 }] }],
    })
    const stale = await alter({ ...request([], [], 0), brokerEpoch: 0 })
    expect(stale).toMatchObject({ errorCode: ErrorCode.STALE_BROKER_EPOCH, topics: [] })
  })

  it('AllocateProducerIds', async () => {
    const rig = new ControllerRig().join(1)
    const allocate = served(ApiKey.AllocateProducerIds, rig)
    const request = { brokerId: 1, brokerEpoch: rig.epochOf(1) }
    expect(await allocate(request)).toMatchObject({ errorCode: 0, producerIdStart: 0, producerIdLen: 1000 })
    expect(await allocate(request)).toMatchObject({ errorCode: 0, producerIdStart: 1000 })
    const stranger = await allocate({ brokerId: 9, brokerEpoch: 0 })
    expect(stranger).toMatchObject({ errorCode: ErrorCode.STALE_BROKER_EPOCH, producerIdStart: 0, producerIdLen: 0 })
  })

  it('AssignReplicasToDirs', async () => {
    const rig = new ControllerRig().join(1)
    const topicId = rig.topic('t', [1])
    const assign = served(ApiKey.AssignReplicasToDirs, rig)
    const partitions = [{ partitionIndex: 0 }, { partitionIndex: 4 }]
    const directories = [{ id: dirOf(1), topics: [{ topicId, partitions }] }]
    const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    expect(await assign({ brokerId: 1, brokerEpoch: rig.epochOf(1), directories })).toMatchObject({
      errorCode: 0,
      directories: [
        {
          id: dirOf(1),
          topics: [{ topicId, partitions: [{ errorCode: 0 }, { partitionIndex: 4, errorCode: unknown }] }],
        },
      ],
    })
    const stale = await assign({ brokerId: 1, brokerEpoch: 0, directories })
    expect(stale).toMatchObject({ errorCode: ErrorCode.STALE_BROKER_EPOCH, directories: [] })
  })
})

describe('what users ask of a cluster', () => {
  it('ElectLeaders', async () => {
    const rig = new ControllerRig().join(1, 2)
    rig.topic('t', [1, 2])
    const elect = served(ApiKey.ElectLeaders, rig)
    const request = { electionType: 0, topicPartitions: [{ topic: 't', partitions: [0] }], timeoutMs: 1 }
    const errorMessage = 'Leader election not needed for topic partition.'
    const partitionResult = [{ partitionId: 0, errorCode: ErrorCode.ELECTION_NOT_NEEDED, errorMessage }]
    for (const version of [0, 1, 2]) {
      expect(await elect(request, version)).toMatchObject({ replicaElectionResults: [{ topic: 't', partitionResult }] })
    }
    expect(await elect({ ...request, topicPartitions: null })).toMatchObject({
      errorCode: 0,
      replicaElectionResults: [{ topic: 't', partitionResult: [] }],
    })
    expect(await elect({ ...request, electionType: 7 })).toMatchObject({
      errorCode: ErrorCode.INVALID_REQUEST,
      replicaElectionResults: [
        { partitionResult: [{ errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Unknown election type 7' }] },
      ],
    })
  })

  it('AlterPartitionReassignments and ListPartitionReassignments', async () => {
    const rig = new ControllerRig().join(1, 2)
    rig.topic('t', [1])
    const reassign = served(ApiKey.AlterPartitionReassignments, rig)
    const to = (replicas: number[] | null) => ({
      timeoutMs: 1,
      allowReplicationFactorChange: true,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, replicas }] }],
    })
    expect(await reassign(to([2]), 0)).toMatchObject({ errorCode: 0, errorMessage: null })
    const list = served(ApiKey.ListPartitionReassignments, rig)
    const moving = { partitionIndex: 0, replicas: [2, 1], addingReplicas: [2], removingReplicas: [1] }
    expect(await list({ timeoutMs: 1, topics: null })).toMatchObject({ topics: [{ name: 't', partitions: [moving] }] })
    const locked = await reassign({ ...to([1, 2]), allowReplicationFactorChange: false }, 1)
    expect(locked).toMatchObject({
      allowReplicationFactorChange: false,
      errorCode: 0,
      responses: [{ name: 't', partitions: [{ errorCode: ErrorCode.INVALID_REPLICATION_FACTOR, partitionIndex: 0 }] }],
    })
    expect(await reassign(to(null))).toMatchObject({
      responses: [{ partitions: [{ errorCode: 0, errorMessage: null }] }],
    })
    expect(await list({ timeoutMs: 1, topics: null })).toMatchObject({ topics: [] })
  })

  it('UnregisterBroker', async () => {
    const rig = new ControllerRig().join(1)
    const unregister = served(ApiKey.UnregisterBroker, rig)
    expect(await unregister({ brokerId: 1 })).toMatchObject({ errorCode: 0 })
    expect(rig.committed.broker(1)).toBeUndefined()
    const gone = {
      errorCode: ErrorCode.BROKER_ID_NOT_REGISTERED,
      errorMessage: 'Broker ID 1 is not currently registered',
    }
    expect(await unregister({ brokerId: 1 })).toMatchObject(gone)
  })

  it('UpdateFeatures', async () => {
    const rig = new ControllerRig()
    const update = served(ApiKey.UpdateFeatures, rig)
    const request = (feature: string, maxVersionLevel: number, upgradeType = 2) => ({
      timeoutMs: 1,
      featureUpdates: [{ feature, maxVersionLevel, allowDowngrade: true, upgradeType }],
      validateOnly: false,
    })
    const done = { errorCode: 0, errorMessage: null }
    expect(await update(request('share.version', 0))).toMatchObject(done)
    expect(await update(request('share.version', 1, 1), 1)).toMatchObject({
      ...done,
      results: [{ feature: 'share.version', errorCode: 0, errorMessage: 'NONE' }],
    })
    expect(await update(request('share.version', 0), 0)).toMatchObject({
      errorCode: ErrorCode.INVALID_UPDATE_VERSION,
      errorMessage: expect.stringContaining("Can't downgrade the version of this feature without"),
      results: [],
    })
  })

  it('is refused as a whole by a node that does not lead', async () => {
    const rig = new ControllerRig()
    const refused = refusingController('NOT_CONTROLLER', 'no')
    const ask = (key: number, request: unknown) => served(key, rig, refused)(request)
    const errorCode = ErrorCode.NOT_CONTROLLER
    const partitions = [{ partitionIndex: 0, replicas: null }]
    const nothing = { timeoutMs: 1, topics: [] }
    expect(
      await ask(ApiKey.AlterPartitionReassignments, { ...nothing, topics: [{ name: 't', partitions }] }),
    ).toMatchObject({
      errorCode,
      responses: [{ partitions: [{ errorCode, errorMessage: 'no' }] }],
    })
    const elections = { electionType: 0, topicPartitions: null, timeoutMs: 1 }
    expect(await ask(ApiKey.ElectLeaders, elections)).toMatchObject({ errorCode, replicaElectionResults: [] })
    expect(await ask(ApiKey.UnregisterBroker, { brokerId: 1 })).toMatchObject({ errorCode })
    const updates = { timeoutMs: 1, featureUpdates: [], validateOnly: false }
    expect(await ask(ApiKey.UpdateFeatures, updates)).toMatchObject({ errorCode, errorMessage: 'no' })
    const alter = { brokerId: 1, brokerEpoch: 0, topics: [{ topicId: ZERO_UUID, partitions: [] }] }
    expect(await ask(ApiKey.AlterPartition, alter)).toMatchObject({ errorCode, topics: [] })
  })
})
