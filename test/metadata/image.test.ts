import { describe, expect, it } from 'vitest'
import { MetadataDelta } from '../../src/metadata/delta.ts'
import { MetadataImage } from '../../src/metadata/image.ts'
import { encodeMetadataRecord, type MetadataRecord } from '../../src/metadata/records.ts'
import { snapshotRecords } from '../../src/metadata/snapshot.ts'
import { parseSnapshot } from '../../src/metadata/snapshot-file.ts'
import { goldenBytes, recordsOfLog } from './golden.ts'

function imageOf(records: Iterable<MetadataRecord>): MetadataImage {
  const image = new MetadataImage('golden')
  for (const record of records) image.replay(record)
  return image
}

/** Kafka writes maps in the order of its hash tables: compared are the sets of records, features sorted within. */
function normal(records: Iterable<MetadataRecord>): string[] {
  return [...records]
    .map((record) => {
      if (record.type !== 'RegisterBrokerRecord' && record.type !== 'RegisterControllerRecord') return record
      const features = [...record.data.features].sort((a, b) => (a.name < b.name ? -1 : 1))
      return { ...record, data: { ...record.data, features } } as MetadataRecord
    })
    .map((record) => `${record.type} ${encodeMetadataRecord(record).toString('hex')}`)
    .sort()
}

const LOG = recordsOfLog(goldenBytes('stopped/__cluster_metadata-0/00000000000000000000.log'))

describe('image of Kafka’s metadata log', () => {
  for (const end of [73, 99]) {
    it(`is what Kafka’s snapshot at ${end} says`, () => {
      const name = `stopped/__cluster_metadata-0/${String(end).padStart(20, '0')}-0000000001.checkpoint`
      const theirs = parseSnapshot(goldenBytes(name))
      const image = imageOf(LOG.filter(({ offset }) => offset < end).map(({ record }) => record))
      expect(normal(snapshotRecords(image))).toEqual(normal(theirs.records))
      expect(normal(snapshotRecords(imageOf(theirs.records)))).toEqual(normal(theirs.records))
    })
  }

  it('knows the broker, topics and settings', () => {
    const image = imageOf(LOG.map(({ record }) => record))
    expect(image.broker(1)).toMatchObject({ epoch: 14, fenced: true, inControlledShutdown: true })
    expect([...image.topicsByName.keys()].sort()).toEqual([
      '__consumer_offsets',
      '__share_group_state',
      '__transaction_state',
      'golden',
      'golden-compact',
    ])
    expect(image.partition('golden', 0)).toMatchObject({
      leader: -1,
      isr: [],
      elr: [1],
      lastKnownElr: [1],
      leaderEpoch: 1,
    })
    expect(image.partitionCount).toBe(6)
    expect(image.configs(2, 'golden').get('segment.bytes')).toBe('1048576')
    expect(image.configs(2, 'golden-gone').size).toBe(0)
    expect(image.nextProducerId).toBe(1000)
    expect(image.featureLevel('metadata.version')).toBe(30)
  })

  it('says what changed', () => {
    const image = new MetadataImage('golden')
    const delta = new MetadataDelta()
    for (const { record } of LOG) image.replay(record, delta)
    expect([...delta.topics.values()].map(({ name }) => name)).toContain('golden')
    expect([...delta.topics.values()].map(({ name }) => name)).not.toContain('golden-gone')
    // Made and removed within one delta: nobody ever saw it.
    expect(delta.deletedTopics.size).toBe(0)
    expect([...delta.brokers]).toEqual([1])
  })
})
