import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { present } from '../../../src/base/assert.ts'
import { type DirectoryId, MIGRATING_DIRECTORY, type TopicId } from '../../../src/base/ids.ts'
import { epochBumpOnShrink, partitionRecordVersion, supportsDirectories } from '../../../src/metadata/features.ts'
import type { PartitionImage } from '../../../src/metadata/image.ts'
import { mergePartition } from '../../../src/metadata/image-topics.ts'
import { type Election, type PartitionTarget, partitionChange } from '../../../src/metadata/partitions/change.ts'
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecordData } from '../../../src/metadata/records.ts'
import { placeReplicas, type UsableBroker } from '../../../src/metadata/topics/placement.ts'
import { goldenPath } from '../../support/golden.ts'

interface ChangeVector {
  readonly before: PartitionImage
  readonly target: Omit<PartitionTarget, 'directories'> & { readonly directories?: [number, DirectoryId][] }
  readonly election: Election
  readonly mayLead: number
  readonly minIsr: number
  readonly elr: boolean
  readonly metadataVersion: number
  readonly record: string | null
}

interface PlacementVector {
  readonly brokers: UsableBroker[]
  readonly partitions: number
  readonly replicationFactor: number
  readonly random: 'first' | 'last' | 'middle'
  readonly placed: number[][]
}

function lines<T>(name: string): T[] {
  const text = readFileSync(goldenPath(`controller/${name}`), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}

const filled = (byte: number) => Buffer.alloc(16, byte).toString('base64url') as TopicId

/** Kafka leaves brokers eligible that are no replicas any more; made replicas again they would lead with nothing. */
function namesNoReplica(before: PartitionImage, change: MetadataRecordData<'PartitionChangeRecord'>): boolean {
  const { elr, replicas } = mergePartition(before, change)
  return elr.some((id) => !replicas.includes(id))
}

describe("partition changes as Kafka's controller writes them", () => {
  it('are the same records', () => {
    for (const vector of lines<ChangeVector>('partition-changes.jsonl')) {
      const { before, target, metadataVersion, mayLead, ...rules } = vector
      const { directories, ...rest } = target
      const record = partitionChange(
        filled(20),
        before,
        directories === undefined ? rest : { ...rest, directories: new Map(directories) },
        {
          election: rules.election,
          mayLead: (broker) => ((mayLead >> broker) & 1) === 1,
          minIsr: rules.minIsr,
          elrEnabled: rules.elr,
          recordVersion: partitionRecordVersion(metadataVersion),
          epochBumpOnShrink: epochBumpOnShrink(metadataVersion),
          defaultDirectory: (broker) =>
            supportsDirectories(metadataVersion) ? filled(80 + broker) : MIGRATING_DIRECTORY,
        },
      )
      const expected = vector.record === null ? null : decodeMetadataRecord(Buffer.from(vector.record, 'hex'))
      if (expected?.type === 'PartitionChangeRecord' && namesNoReplica(before, expected.data)) {
        expect(mergePartition(before, present(record, 'record').data).elr).toEqual(
          mergePartition(before, expected.data).elr.filter((id) =>
            (expected.data.replicas ?? before.replicas).includes(id),
          ),
        )
        continue
      }
      const ours = record === undefined ? null : encodeMetadataRecord(record).toString('hex')
      if (ours !== vector.record) expect({ vector, record: record ?? null }).toEqual({ vector, record: expected })
      expect(ours).toBe(vector.record)
    }
  })
})

describe("placements as Kafka's controller makes them", () => {
  const RANDOM = {
    first: () => 0,
    last: (bound: number) => bound - 1,
    middle: (bound: number) => Math.floor(bound / 2),
  }

  it('are the same', () => {
    for (const { brokers, partitions, replicationFactor, random, placed } of lines<PlacementVector>(
      'placements.jsonl',
    )) {
      expect({
        brokers,
        random,
        placed: placeReplicas(brokers, partitions, replicationFactor, RANDOM[random]),
      }).toEqual({
        brokers,
        random,
        placed,
      })
    }
  })
})
