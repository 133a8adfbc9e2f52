import type { Raft } from './raft.ts'
import { electionDeadline, type Role } from './role.ts'
import type { ReplicaKey } from './types.ts'
import { NOBODY } from './types.ts'
import { startDeadline } from './unattached.ts'

/**
 * Was leader of this epoch, in this process or the one before, and is not any more: it tells the others, best successor first, and
 * waits for a new one.
 */
export function resigned(raft: Raft, successors: readonly ReplicaKey[], why?: 'start'): Role {
  const deadline = why === 'start' ? startDeadline(raft) : electionDeadline(raft)
  const open = new Map(successors.map((successor) => [successor.id, successor]))
  const targets = () =>
    [...open.keys()].flatMap((id) => {
      const to = raft.voterTarget(id)
      return to && !raft.requests.isInFlightTo(to, 'end-epoch') ? [to] : []
    })
  return {
    name: 'resigned',
    deadlineMs: () => Math.min(deadline, ...targets().map((to) => raft.requests.backoffUntilMs(to))),
    poll() {
      if (raft.nowMs >= deadline) {
        raft.follow(raft.epoch + 1, NOBODY, [])
        if (why === 'start') raft.become('prospective')
        return
      }
      for (const to of targets()) {
        if (!raft.requests.isReady(to, raft.nowMs)) continue
        const { self, epoch, options } = raft
        const request = {
          type: 'end-epoch',
          leaderId: self.id,
          epoch,
          successors,
          leaderEndpoints: options.endpoints,
        } as const
        raft.request(to, request, 'now')
      }
    },
    grants: ({ preVote, logEnd }) => preVote && raft.isUpToDate(logEnd),
    reply(request, reply) {
      if (reply.type === 'end-epoch' && reply.error === 'NONE' && request.to.id !== undefined)
        open.delete(request.to.id)
    },
  }
}
