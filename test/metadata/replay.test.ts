import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Uuid } from '../../src/base/ids.ts'
import { MetadataDelta } from '../../src/metadata/delta.ts'
import { MetadataImage } from '../../src/metadata/image.ts'
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  type MetadataRecord,
  metadataRecord,
} from '../../src/metadata/records.ts'
import { snapshotRecords } from '../../src/metadata/snapshot.ts'
import { parseSnapshot, snapshotChunks } from '../../src/metadata/snapshot-file.ts'
import { MetadataTransaction } from '../../src/metadata/transaction.ts'

const uuid = (n: number) => Buffer.from(Array.from({ length: 16 }, () => n + 1)).toString('base64url') as Uuid
const small = fc.nat(3)
const name = small.map((n) => `name-${n}`)
const bytes = small.map((n) => Buffer.from([n, n]))
const ids = fc.uniqueArray(fc.nat(5), { maxLength: 3 })
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })

/** Records that make sense one after another; what does not exist is passed over by `applicable`. */
const anyRecord: fc.Arbitrary<MetadataRecord> = fc.oneof(
  fc
    .record({ brokerId: small, epoch: fc.nat(1), fenced: fc.boolean(), rack: orNull(name), dirs: fc.boolean() })
    .map((b) =>
      metadataRecord('RegisterBrokerRecord', {
        brokerId: b.brokerId,
        incarnationId: uuid(b.brokerId),
        brokerEpoch: b.epoch,
        endPoints: [{ name: 'PLAINTEXT', host: 'h', port: 65_535, securityProtocol: 0 }],
        features: [{ name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }],
        rack: b.rack,
        fenced: b.fenced,
        logDirs: [uuid(b.brokerId)],
        cordonedLogDirs: b.dirs ? [uuid(b.brokerId)] : null,
      }),
    ),
  fc
    .record({ brokerId: small, brokerEpoch: fc.nat(1), fenced: fc.integer({ min: -1, max: 1 }), leaving: fc.nat(1) })
    .map(({ leaving, ...change }) =>
      metadataRecord('BrokerRegistrationChangeRecord', { ...change, inControlledShutdown: leaving }),
    ),
  small.map((id) => metadataRecord('UnregisterBrokerRecord', { brokerId: id, brokerEpoch: 1 })),
  small.map((id) => metadataRecord('TopicRecord', { name: `topic-${id}`, topicId: uuid(id) })),
  small.map((id) => metadataRecord('RemoveTopicRecord', { topicId: uuid(id) })),
  fc
    .record({ topic: small, partitionId: small, replicas: ids, isr: ids, elr: orNull(ids), last: orNull(ids) })
    .map((p) =>
      metadataRecord('PartitionRecord', {
        topicId: uuid(p.topic),
        partitionId: p.partitionId,
        replicas: p.replicas,
        isr: p.isr,
        removingReplicas: [],
        addingReplicas: [],
        leader: p.isr[0] ?? -1,
        leaderRecoveryState: 0,
        leaderEpoch: 3,
        partitionEpoch: 4,
        directories: p.replicas.map(uuid),
        eligibleLeaderReplicas: p.elr,
        lastKnownElr: p.last,
      }),
    ),
  fc
    .record({
      topic: small,
      partitionId: small,
      isr: orNull(ids),
      leader: fc.integer({ min: -2, max: 3 }),
      replicas: orNull(ids),
    })
    .map(({ topic, ...change }) => metadataRecord('PartitionChangeRecord', { topicId: uuid(topic), ...change })),
  fc
    .record({
      resourceType: fc.constantFrom(2, 4, 16, 32),
      resourceName: small.map((n) => `topic-${n}`),
      name,
      value: orNull(name),
    })
    .map((config) => metadataRecord('ConfigRecord', config)),
  fc.record({ name, featureLevel: fc.nat(2) }).map((feature) => metadataRecord('FeatureLevelRecord', feature)),
  fc
    .record({ user: orNull(name), key: name, value: fc.nat(9), remove: fc.boolean() })
    .map(({ user, ...quota }) =>
      metadataRecord('ClientQuotaRecord', { entity: [{ entityType: 'user', entityName: user }], ...quota }),
    ),
  fc.nat(9).map((n) => metadataRecord('ProducerIdsRecord', { brokerId: 1, brokerEpoch: 1, nextProducerId: n * 1000 })),
  small.map((id) =>
    metadataRecord('AccessControlEntryRecord', {
      id: uuid(id),
      resourceType: 2,
      resourceName: 'x',
      patternType: 3,
      principal: 'User:a',
      host: '*',
      operation: 3,
      permissionType: 3,
    }),
  ),
  small.map((id) => metadataRecord('RemoveAccessControlEntryRecord', { id: uuid(id) })),
  fc
    .record({ name, mechanism: fc.constantFrom(1, 2), salt: bytes, storedKey: bytes, serverKey: bytes })
    .map((credential) => metadataRecord('UserScramCredentialRecord', { ...credential, iterations: 4096 })),
  fc
    .record({ name, mechanism: fc.constantFrom(1, 2) })
    .map((c) => metadataRecord('RemoveUserScramCredentialRecord', c)),
  fc.record({ tokenId: name, owner: name }).map((token) =>
    metadataRecord('DelegationTokenRecord', {
      ...token,
      requester: 'User:a',
      renewers: ['User:b'],
      issueTimestamp: 1,
      maxTimestamp: 2,
      expirationTimestamp: 3,
    }),
  ),
  name.map((tokenId) => metadataRecord('RemoveDelegationTokenRecord', { tokenId })),
  small.map((id) =>
    metadataRecord('RegisterControllerRecord', {
      controllerId: id,
      incarnationId: uuid(id),
      zkMigrationReady: false,
      endPoints: [],
      features: [],
    }),
  ),
  fc.constantFrom('', 'topic-1').map((topicName) => metadataRecord('ClearElrRecord', { topicName })),
  fc.constant(metadataRecord('NoOpRecord', {})),
)

function applicable(image: MetadataImage, record: MetadataRecord): boolean {
  switch (record.type) {
    case 'TopicRecord':
      return image.topic(record.data.name) === undefined
    case 'RemoveTopicRecord':
      return image.topicById(record.data.topicId) !== undefined
    case 'PartitionRecord': {
      // Partitions come in order: there is never a gap.
      const topic = image.topicById(record.data.topicId)
      return topic !== undefined && record.data.partitionId <= topic.partitions.length
    }
    case 'PartitionChangeRecord':
      return image.topicById(record.data.topicId)?.partitions[record.data.partitionId] !== undefined
    case 'UnregisterBrokerRecord':
    case 'BrokerRegistrationChangeRecord':
      return image.broker(record.data.brokerId)?.epoch === record.data.brokerEpoch
    default:
      return true
  }
}

function dump(image: MetadataImage): string[] {
  return [...snapshotRecords(image)].map((record) => `${record.type} ${encodeMetadataRecord(record).toString('hex')}`)
}

function replayAll(records: Iterable<MetadataRecord>, image = new MetadataImage('c')): MetadataImage {
  for (const record of records) if (applicable(image, record)) image.replay(record)
  return image
}

describe('any history', () => {
  const history = fc
    .array(anyRecord, { maxLength: 60 })
    .map((records) => [
      metadataRecord('FeatureLevelRecord', { name: 'metadata.version', featureLevel: 30 }) as MetadataRecord,
      ...records,
    ])

  it('comes back from its snapshot', () => {
    fc.assert(
      fc.property(history, (records) => {
        const image = replayAll(records)
        const chunks = snapshotChunks({
          leaderEpoch: 3,
          lastContainedLogTimestamp: 5,
          nowMs: 7,
          records: snapshotRecords(image),
        })
        const parsed = parseSnapshot(Buffer.concat([...chunks]))
        const again = new MetadataImage('c')
        for (const record of parsed.records) again.replay(record)
        expect(dump(again)).toEqual(dump(image))
        expect(again.partitionCount).toBe(image.partitionCount)
      }),
      { numRuns: 150 },
    )
  })

  it('is the same through bytes, and a copy does not change with its source', () => {
    fc.assert(
      fc.property(history, history, (records, more) => {
        const image = replayAll(records)
        const decoded = replayAll(records.map((record) => decodeMetadataRecord(encodeMetadataRecord(record))))
        expect(dump(decoded)).toEqual(dump(image))
        const copy = image.copy()
        const before = dump(copy)
        replayAll(more, image)
        expect(dump(copy)).toEqual(before)
      }),
      { numRuns: 100 },
    )
  })

  it('names everything that changed in its delta', () => {
    fc.assert(
      fc.property(history, history, (records, more) => {
        const image = replayAll(records)
        const before = image.copy()
        const delta = new MetadataDelta()
        for (const record of more) if (applicable(image, record)) image.replay(record, delta)
        for (const [id, topic] of image.topics) {
          const was = before.topicById(id)
          const changed = topic.partitions.some((partition, i) => partition !== was?.partitions[i])
          if (!was || changed) expect(delta.topics.has(id)).toBe(true)
        }
        for (const id of before.topics.keys()) if (!image.topicById(id)) expect(delta.deletedTopics.has(id)).toBe(true)
        for (const [id, broker] of image.brokers)
          if (before.broker(id) !== broker) expect(delta.brokers.has(id)).toBe(true)
        if (delta.isEmpty) expect(dump(image)).toEqual(dump(before))
      }),
      { numRuns: 100 },
    )
  })
})

describe('metadata transactions', () => {
  const topic = metadataRecord('TopicRecord', { name: 'topic-1', topicId: uuid(1) })

  it('count all together or not at all', () => {
    for (const [end, count] of [
      ['EndTransactionRecord', 1],
      ['AbortTransactionRecord', 0],
    ] as const) {
      const image = new MetadataImage('c')
      const transaction = new MetadataTransaction()
      const apply = (record: MetadataRecord) => image.replay(record)
      transaction.replay(metadataRecord('BeginTransactionRecord', {}), apply)
      transaction.replay(topic, apply)
      expect(image.topics.size).toBe(0)
      expect(transaction.isOpen).toBe(true)
      transaction.replay(metadataRecord(end, {}) as MetadataRecord, apply)
      expect(image.topics.size).toBe(count)
      expect(transaction.isOpen).toBe(false)
    }
  })
})
