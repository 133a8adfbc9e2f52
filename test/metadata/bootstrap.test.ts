import { describe, expect, it } from 'vitest'
import type { Uuid } from '../../src/base/ids.ts'
import { formatRecords } from '../../src/metadata/bootstrap.ts'
import { defaultFeatureLevels, LATEST_METADATA_VERSION, metadataVersionLevel } from '../../src/metadata/features.ts'
import { parseSnapshot } from '../../src/metadata/snapshot-file.ts'
import { updateCrc, writeInt64 } from '../../src/record/header.ts'
import { batches } from '../../src/record/iterate.ts'
import { goldenBytes } from './golden.ts'

const NOW = 1_795_228_396_000

/** Kafka takes the clock several times while it writes one file. */
function withTime(bytes: Buffer): Buffer {
  for (const batch of batches(bytes)) {
    writeInt64(batch.buffer, batch.at + 27, NOW)
    writeInt64(batch.buffer, batch.at + 35, NOW)
    updateCrc(batch.buffer, batch.at)
  }
  return bytes
}

describe('format', () => {
  it('writes the bootstrap.checkpoint that Kafka writes', () => {
    const golden = withTime(goldenBytes('formatted/bootstrap.checkpoint'))
    const scram = parseSnapshot(golden).records.filter((record) => record.type === 'UserScramCredentialRecord')
    const { bootstrap } = formatRecords({
      features: defaultFeatureLevels(LATEST_METADATA_VERSION),
      records: scram,
      nowMs: NOW,
    })
    expect(bootstrap.toString('hex')).toBe(golden.toString('hex'))
  })

  it('writes the 0-0.checkpoint of --standalone', () => {
    const golden = goldenBytes('formatted/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint')
    // The header holds the clock too.
    const at = golden.indexOf(Buffer.from('01a1fbf36a33', 'hex'))
    writeInt64(golden, at - 2, NOW)
    const { standalone } = formatRecords({
      features: defaultFeatureLevels(LATEST_METADATA_VERSION),
      voters: [
        {
          id: 1,
          directoryId: 'ezIB3_lzSs6-pUrwToUP9A' as Uuid,
          listener: 'CONTROLLER',
          host: '127.0.0.1',
          port: 39193,
        },
      ],
      nowMs: NOW,
    })
    expect(standalone?.toString('hex')).toBe(withTime(golden).toString('hex'))
  })

  it('knows the levels of older releases', () => {
    expect(metadataVersionLevel('4.3-IV0')).toBe(30)
    expect(metadataVersionLevel('4.0')).toBe(25)
    expect(metadataVersionLevel('3.3')).toBe(7)
    expect(metadataVersionLevel('2.8')).toBeUndefined()
    expect(Object.fromEntries(defaultFeatureLevels(22))).toEqual({
      'metadata.version': 22,
      'kraft.version': 1,
      'transaction.version': 0,
      'group.version': 1,
      'eligible.leader.replicas.version': 0,
      'share.version': 0,
      'streams.version': 0,
    })
  })
})
