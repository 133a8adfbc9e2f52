import { KRaftVersionRecord, LeaderChangeMessage, VotersRecord } from '../protocol/stored/control-records.ts'
import { buildBatch } from '../record/builder.ts'
import { type ControlRecord, controlBatch } from '../record/control.ts'
import type { Raft } from './raft.ts'
import type { Role } from './role.ts'
import type { RaftBatch } from './types.ts'

/** Appends; its epoch begins with a control batch, and nothing is committed before that is. */
export function leader(raft: Raft): Role {
  const epochStart = raft.logEnd.offset
  return {
    name: 'leader',
    deadlineMs: Number.POSITIVE_INFINITY,
    timedOut: () => {},
    entered() {
      raft.leaderId = raft.self.id
      raft.voted = null
      raft.append(epochStartBatch(raft))
      for (const to of raft.others()) {
        raft.sendAfterSync(to, { type: 'begin-epoch', leaderId: raft.self.id, epoch: raft.epoch })
      }
    },
    grants: () => false,
    propose(_raft, values) {
      const baseOffset = raft.logEnd.offset
      const records = values.map((value) => ({ timestamp: raft.nowMs, key: null, value }))
      const bytes = buildBatch({ baseOffset, leaderEpoch: raft.epoch, records })
      raft.append({
        origin: 'leader',
        baseOffset,
        lastOffset: baseOffset + values.length - 1,
        epoch: raft.epoch,
        bytes,
      })
    },
    synced() {
      const committed = raft.isOnlyVoter ? raft.syncedOffset : undefined
      if (committed !== undefined && committed > epochStart) raft.highWatermark = committed
    },
  }
}

/** LeaderChange, and the voters where no log has them yet. */
function epochStartBatch(raft: Raft): RaftBatch {
  const { source } = raft.voters
  const change = {
    version: 0,
    leaderId: raft.self.id,
    voters: raft.voters.ids.map((voterId) => ({ voterId })),
    grantingVoters: raft.grantedBy.map((voterId) => ({ voterId })),
  }
  const records: ControlRecord[] = [{ type: 'leader-change', value: LeaderChangeMessage.toBuffer(change, 0) }]
  if (source.fromBootstrap) {
    records.push(
      {
        type: 'kraft-version',
        value: KRaftVersionRecord.toBuffer({ version: 0, kRaftVersion: source.kraftVersion }, 0),
      },
      { type: 'voters', value: VotersRecord.toBuffer({ version: 0, voters: source.voters }, 0) },
    )
  }
  const baseOffset = raft.logEnd.offset
  const bytes = controlBatch({ baseOffset, leaderEpoch: raft.epoch, timestamp: raft.nowMs, records })
  return { origin: 'leader', baseOffset, lastOffset: baseOffset + records.length - 1, epoch: raft.epoch, bytes }
}
