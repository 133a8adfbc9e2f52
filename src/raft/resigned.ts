import { NOBODY, type Raft } from './raft.ts'
import type { Role } from './role.ts'

/** Was leader of this epoch, in this process or the one before, and is not any more: it waits for a new one. */
export function resigned(raft: Raft): Role {
  return {
    name: 'resigned',
    deadlineMs: raft.electionDeadline(),
    timedOut: () => raft.follow(raft.epoch + 1, NOBODY),
    grants: (_raft, { preVote, logEnd }) => preVote && raft.isUpToDate(logEnd),
  }
}
