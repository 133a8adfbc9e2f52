import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Uuid } from '../../src/base/ids.ts'
import { decodeQuorumState, encodeQuorumState } from '../../src/raft/quorum-state.ts'
import type { VoterSource } from '../../src/raft/types.ts'

const dynamic: VoterSource = { voters: [], kraftVersion: 1, fromBootstrap: false }

describe('quorum-state', () => {
  it('is Kafka’s, byte for byte', () => {
    const path = join(import.meta.dirname, '../golden/disk/stopped/__cluster_metadata-0/quorum-state')
    const text = readFileSync(path, 'utf8')
    const state = decodeQuorumState(text)
    expect(state).toEqual({ epoch: 1, leaderId: 1, voted: null })
    expect(encodeQuorumState(state, dynamic)).toBe(text)
  })

  it('keeps a vote', () => {
    const voted = { id: 3, directoryId: 'ezIB3_lzSs6-pUrwToUP9A' as Uuid }
    const state = { epoch: 9, leaderId: -1, voted }
    expect(decodeQuorumState(encodeQuorumState(state, dynamic))).toEqual(state)
  })

  it('lists the voters of a fixed set in version 0', () => {
    const voter = {
      voterId: 7,
      voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAA' as Uuid,
      endpoints: [],
      kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 0 },
    }
    const state = { epoch: 2, leaderId: 7, voted: null }
    const text = encodeQuorumState(state, { voters: [voter], kraftVersion: 0, fromBootstrap: false })
    expect(text).toBe(
      '{"clusterId":"","leaderId":7,"leaderEpoch":2,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":7}],"data_version":0}',
    )
    expect(decodeQuorumState(text)).toEqual(state)
  })

  it('refuses what is none', () => {
    for (const text of ['', '{}', '{"data_version":2}', '{"data_version":1,"leaderId":"x"}']) {
      expect(() => decodeQuorumState(text)).toThrow()
    }
  })
})
