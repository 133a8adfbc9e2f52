import type { RaftReply, RaftRequest } from '../../src/raft/messages.ts'
import type { Raft } from '../../src/raft/raft.ts'
import type { Envelope, Ready } from '../../src/raft/types.ts'
import { isControl, leaderEpoch, recordCount } from '../../src/record/header.ts'
import { batches } from '../../src/record/iterate.ts'

/** What a machine wants done, one line for each thing. */
export function describeReady(raft: Raft, ready: Ready, asker: (token: number) => string): string[] {
  const lines: string[] = []
  const { hardState } = ready
  if (hardState) {
    const voted = hardState.voted === null ? 'nobody' : hardState.voted.id
    lines.push(`write epoch=${hardState.epoch} leader=${hardState.leaderId} voted=${voted}`)
  }
  if (ready.truncateTo !== undefined) lines.push(`truncate to ${ready.truncateTo}`)
  for (const { bytes } of ready.append) {
    for (const { buffer, at } of batches(bytes)) {
      const base = Number(buffer.readBigInt64BE(at))
      const count = recordCount(buffer, at)
      const kind = isControl(buffer, at) ? 'control' : 'data'
      lines.push(`append ${base}-${base + count - 1}@${leaderEpoch(buffer, at)} ${count} ${kind} records`)
    }
  }
  for (const { id, position, bytes, isLast } of ready.snapshotChunks) {
    const last = isLast ? ', the last' : ''
    lines.push(`write snapshot ${id.endOffset}@${id.epoch} ${position}-${position + bytes.length}${last}`)
  }
  for (const envelope of ready.sendNow) lines.push(describeEnvelope(raft, envelope, 'now', asker))
  for (const envelope of ready.sendAfterSync) lines.push(describeEnvelope(raft, envelope, 'after sync', asker))
  return lines
}

function describeEnvelope(raft: Raft, envelope: Envelope, when: string, asker: (token: number) => string): string {
  if (envelope.kind === 'reply')
    return `answer ${asker(envelope.token)} ${when}: ${describeReply(raft, envelope.reply)}`
  const { id, host, port } = envelope.to
  return `ask ${id ?? `${host}:${port}`} ${when}: ${describeRequest(envelope.request)}`
}

function describeRequest(request: RaftRequest): string {
  switch (request.type) {
    case 'vote': {
      const { offset, epoch } = request.logEnd
      return `${request.preVote ? 'prevote' : 'vote'} epoch=${request.epoch} log=${offset}@${epoch}`
    }
    case 'fetch':
      return `fetch epoch=${request.epoch} at=${request.offset}@${request.lastFetchedEpoch} hw=${request.highWatermark}`
    case 'fetch-snapshot':
      return `snapshot ${request.snapshotId.endOffset}@${request.snapshotId.epoch} epoch=${request.epoch} from ${request.position}`
    case 'begin-epoch':
      return `begin epoch=${request.epoch} leader=${request.leaderId}`
    case 'end-epoch':
      return `end epoch=${request.epoch} leader=${request.leaderId} successors=${request.successors.map(({ id }) => id)}`
    case 'add-voter':
    case 'remove-voter':
    case 'update-voter':
      return `${request.type} ${request.voter.id}`
    case 'api-versions':
      return 'api-versions'
  }
}

function describeReply(raft: Raft, reply: RaftReply): string {
  const words: string[] = []
  if (reply.error !== 'NONE') words.push(reply.error)
  if (reply.type === 'vote') words.push(reply.granted ? 'granted' : 'refused')
  if (reply.type === 'fetch') {
    const { diverging, snapshotId, read, highWatermark } = reply
    if (diverging) words.push(`diverging=${diverging.endOffset}@${diverging.epoch}`)
    if (snapshotId) words.push(`snapshot=${snapshotId.endOffset}@${snapshotId.epoch}`)
    if (read) words.push(`records ${read.fromOffset}-${read.upTo - 1}`)
    if (reply.error === 'NONE') words.push(`hw=${highWatermark}`)
  }
  if (reply.type === 'fetch-snapshot' && reply.error === 'NONE') {
    words.push(`bytes ${reply.position}-${reply.position + reply.length} of ${reply.size}`)
  }
  if ('message' in reply && reply.message !== null && reply.message !== 'NONE')
    words.push(JSON.stringify(reply.message))
  if ('leaderId' in reply && (reply.leaderId !== raft.self.id || reply.epoch !== raft.epoch || reply.type === 'vote')) {
    words.push(`epoch=${reply.epoch} leader=${reply.leaderId}`)
  }
  return words.length === 0 ? 'done' : words.join(' ')
}
