import type { ErrorName } from '../../src/base/errors.ts'
import { type Uuid, ZERO_UUID } from '../../src/base/ids.ts'
import type { RaftReply, RaftRequest } from '../../src/raft/messages.ts'
import { Raft } from '../../src/raft/raft.ts'
import type {
  Endpoint,
  FailureReason,
  HardState,
  OutgoingRequest,
  RaftEvent,
  SnapshotId,
  Voters,
} from '../../src/raft/types.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { describeReady } from './describe.ts'

/**
 * A scenario is lines of `> command` with what comes of each below it, indented. Offsets are followed by epochs: 12@3.
 *
 *     node SELF of ID,ID… [static] [bootstrap] [observer] [autojoin] [newdisk] [moved] [epoch=E leader=L voted=V] [log=O@E] [epochs=O@E,…]
 *          [snapshot=O@E size=N] [start-offset=O] [servers=PORT,…]
 *     at MS | start | tick | propose N | synced [OFFSET] | resign | unreachable LEADER | upgrade VERSION
 *     vote|prevote from ID epoch=E log=O@E [voter=ID] | begin from ID epoch=E | end from ID epoch=E [successors=ID,…]
 *     fetch from ID epoch=E at=O@E [hw=O] [wait=MS] [dir=any] | snapshot from ID epoch=E id=O@E position=N
 *     add ID [now] | remove ID | update ID epoch=E
 *     granted|refused by ID epoch=E [leader=L] | acknowledged by ID | ended by ID | fails vote|fetch|… to ID [REASON]
 *     fetched from ID epoch=E [leader=L] [records=O-O@E] [hw=O] [diverging=O@E] [snapshot=O@E] [error=E]
 *     chunk from ID position=N bytes=N size=N [error=E] | installed O@E voters=ID,… | supports from ID [none] | quorum
 */
export function playTranscript(text: string): string {
  const out: string[] = []
  const player = new Player()
  for (const line of text.split('\n')) {
    if (line.startsWith('> ')) out.push(line, ...player.run(line.slice(2)).map((result) => `    ${result}`))
    else if (!line.startsWith('    ')) out.push(line)
  }
  return out.join('\n')
}

const DIRECTORIES = [
  '-',
  'DDDDDDDDDDDDDDDDDDDDDA',
  'DDDDDDDDDDDDDDDDDDDDDQ',
  'DDDDDDDDDDDDDDDDDDDDDg',
  'DDDDDDDDDDDDDDDDDDDDDw',
]

export function replica(id: number) {
  return { id, directoryId: (DIRECTORIES[id] ?? 'EEEEEEEEEEEEEEEEEEEEEA') as Uuid }
}

export function endpointsOf(id: number): Endpoint[] {
  return [{ name: 'CONTROLLER', host: `node-${id}`, port: 9093 }]
}

export function votersOf(ids: readonly number[]): Voters {
  return ids.map((id) => ({
    voterId: id,
    voterDirectoryId: replica(id).directoryId,
    endpoints: endpointsOf(id),
    kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
  }))
}

class Words {
  readonly list: readonly string[]

  constructor(list: readonly string[]) {
    this.list = list
  }

  text(name: string): string | undefined {
    return this.list.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
  }

  number(name: string, otherwise: number): number {
    return Number(this.text(name) ?? otherwise)
  }

  place(name: string): { offset: number; epoch: number } | undefined {
    const [offset, epoch] = this.text(name)?.split('@') ?? []
    return offset === undefined ? undefined : { offset: Number(offset), epoch: Number(epoch) }
  }

  snapshot(name: string): SnapshotId | undefined {
    const place = this.place(name)
    return place && { endOffset: place.offset, epoch: place.epoch }
  }

  ids(name: string): number[] {
    return (this.text(name) ?? '').split(',').filter(Boolean).map(Number)
  }

  has(word: string): boolean {
    return this.list.includes(word)
  }

  get id(): number {
    return Number(this.list[1])
  }
}

class Player {
  #raft: Raft | undefined
  #nowMs = 0
  #was = ''
  #asked: OutgoingRequest[] = []
  #askers = new Map<number, string>()

  run(line: string): string[] {
    const [command = '', ...list] = line.split(' ')
    const words = new Words(list)
    if (command === 'node') return this.#node(words)
    if (command === 'at') {
      this.#nowMs = Number(list[0])
      return []
    }
    const raft = this.#raft
    if (!raft) throw new Error('no node yet')
    if (command === 'quorum') return this.#quorum(raft)
    raft.step(this.#event(command, words), this.#nowMs)
    const ready = raft.ready()
    for (const envelope of [...ready.sendNow, ...ready.sendAfterSync]) {
      if (envelope.kind === 'request') this.#asked.push(envelope)
    }
    const lines = describeReady(raft, ready, (token) => this.#askers.get(token) ?? 'somebody')
    const is = `${ready.role} of epoch ${raft.epoch}, committed ${ready.committed ?? 'unknown'}`
    if (is !== this.#was) lines.push(is)
    this.#was = is
    return lines
  }

  #node(words: Words): string[] {
    const id = Number(words.list[0])
    const self = words.has('newdisk') ? { id, directoryId: 'FFFFFFFFFFFFFFFFFFFFFA' as Uuid } : replica(id)
    const voted = words.number('voted', -1)
    const hardState: HardState | undefined = words.text('epoch')
      ? {
          epoch: words.number('epoch', 0),
          leaderId: words.number('leader', -1),
          voted: voted < 0 ? null : replica(voted),
        }
      : undefined
    const snapshot = words.snapshot('snapshot')
    const startOffset = words.number('start-offset', 0)
    const isStatic = words.has('static')
    const voters = votersOf((words.list[2] ?? '').split(',').map(Number))
    this.#raft = new Raft({
      self,
      voters: {
        voters: isStatic ? voters.map((voter) => ({ ...voter, voterDirectoryId: ZERO_UUID })) : voters,
        kraftVersion: isStatic ? 0 : 1,
        fromBootstrap: words.has('bootstrap'),
      },
      hardState,
      logEnd: words.place('log') ?? { offset: 0, epoch: 0 },
      ...(words.text('epochs') && {
        epochs: (words.text('epochs') ?? '').split(',').map((text) => {
          const [startOffset, epoch] = text.split('@').map(Number)
          return { startOffset: startOffset ?? 0, epoch: epoch ?? 0 }
        }),
      }),
      log: {
        startOffset,
        earliestSnapshot: snapshot,
        latestSnapshot: snapshot,
        snapshotSize: ({ endOffset }) => (endOffset === snapshot?.endOffset ? words.number('size', 0) : undefined),
      },
      canVote: !words.has('observer'),
      autoJoin: words.has('autojoin'),
      endpoints: words.has('moved') ? [{ name: 'CONTROLLER', host: 'moved', port: 9093 }] : endpointsOf(self.id),
      bootstrapServers: words.ids('servers').map((port) => ({ host: 'bootstrap', port })),
      electionTimeoutMs: 1000,
      fetchTimeoutMs: 2000,
      random: () => 0,
    })
    this.#was = ''
    this.#nowMs = 0
    this.#asked = []
    this.#askers = new Map()
    return []
  }

  #quorum(raft: Raft): string[] {
    const quorum = raft.describe(this.#nowMs)
    if (!quorum) return ['not the leader']
    const of = (role: string) => (status: (typeof quorum.voters)[number]) =>
      `${role} ${status.replica.id} end=${status.logEndOffset} fetch=${status.lastFetchMs} caught-up=${status.lastCaughtUpMs}`
    return [
      `leader ${quorum.leaderId} of epoch ${quorum.epoch}, high watermark ${quorum.highWatermark}`,
      ...quorum.voters.map(of('voter')),
      ...quorum.observers.map(of('observer')),
    ]
  }

  #event(command: string, words: Words): RaftEvent {
    switch (command) {
      case 'propose':
        return { type: 'propose', values: Array.from({ length: Number(words.list[0]) }, () => Buffer.from('value')) }
      case 'synced':
        return { type: 'synced', endOffset: Number(words.list[0] ?? this.#raft?.logEnd.offset) }
      case 'start':
      case 'tick':
      case 'resign':
        return { type: command }
      case 'unreachable':
        return { type: 'leaderUnreachable', leaderId: Number(words.list[0]) }
      case 'upgrade':
        return {
          type: 'upgradeKraftVersion',
          token: this.#token('upgrade'),
          version: Number(words.list[0]),
          validateOnly: false,
        }
      case 'installed': {
        const [endOffset, epoch] = (words.list[0] ?? '').split('@').map(Number)
        const records = { kraftVersion: 1, voters: votersOf(words.ids('voters')) }
        return { type: 'snapshotInstalled', id: { endOffset: endOffset ?? 0, epoch: epoch ?? 0 }, records }
      }
      case 'fails':
        return {
          type: 'requestFailed',
          id: this.#open(words.list[0] === 'begin' ? 'begin-epoch' : (words.list[0] ?? ''), words.list[2]).id,
          reason: (words.list[3] ?? 'timeout') as FailureReason,
        }
      default: {
        const reply = replyOf(command, words)
        if (reply) return { type: 'reply', id: this.#open(reply.type, words.list[1]).id, reply }
        return {
          type: 'request',
          token: this.#token(`${words.list.find((word) => /^-?\d+$/.test(word))}'s ${command}`),
          request: requestOf(command, words),
        }
      }
    }
  }

  #token(asker: string): number {
    const token = this.#askers.size
    this.#askers.set(token, asker)
    return token
  }

  #open(type: string, to: string | undefined): OutgoingRequest {
    const at = this.#asked.findLastIndex(
      ({ request, to: { id, port } }) => request.type === type && (id ?? `bootstrap:${port}`).toString() === to,
    )
    const request = this.#asked[at]
    if (!request) throw new Error(`no ${type} to ${to} is open`)
    this.#asked.splice(at, 1)
    return request
  }
}

function replyOf(command: string, words: Words): RaftReply | undefined {
  const from = words.id
  const hint = (leaderId: number) => {
    const leader = words.number('leader', leaderId)
    const error = (words.text('error') ?? 'NONE') as ErrorName
    return {
      error,
      epoch: words.number('epoch', 0),
      leaderId: leader,
      leaderEndpoints: leader < 0 ? [] : endpointsOf(leader),
    }
  }
  switch (command) {
    case 'granted':
    case 'refused':
      return { type: 'vote', granted: command === 'granted', ...hint(-1) }
    case 'acknowledged':
      return { type: 'begin-epoch', ...hint(-1) }
    case 'ended':
      return { type: 'end-epoch', ...hint(-1) }
    case 'updated':
      return { type: 'update-voter', ...hint(from) }
    case 'fetched': {
      const place = words.place('diverging')
      return {
        type: 'fetch',
        ...hint(from),
        highWatermark: words.number('hw', -1),
        logStartOffset: 0,
        diverging: place && { epoch: place.epoch, endOffset: place.offset },
        snapshotId: words.snapshot('snapshot'),
        read: undefined,
        records: recordsOf(words.text('records')),
      }
    }
    case 'chunk':
      return {
        type: 'fetch-snapshot',
        ...hint(from),
        snapshotId: words.snapshot('id') ?? { endOffset: 0, epoch: 0 },
        size: words.number('size', 0),
        position: words.number('position', 0),
        length: 0,
        bytes: Buffer.alloc(words.number('bytes', 0)),
      }
    case 'supports':
      return {
        type: 'api-versions',
        error: (words.text('error') ?? 'NONE') as ErrorName,
        kraftVersion: words.has('none') ? undefined : { minSupportedVersion: 0, maxSupportedVersion: 1 },
      }
    default:
      return undefined
  }
}

/** 4-6@2,7-7@3: batches of records. */
function recordsOf(text: string | undefined): Buffer {
  const built = (text ?? '')
    .split(',')
    .filter(Boolean)
    .map((span) => {
      const [from = 0, to = 0, leaderEpoch = 0] = span.split(/[-@]/).map(Number)
      const records = Array.from({ length: to - from + 1 }, () => ({
        timestamp: 0,
        key: null,
        value: Buffer.from('value'),
      }))
      return buildBatch({ baseOffset: from, leaderEpoch, records })
    })
  return Buffer.concat(built)
}

function requestOf(command: string, words: Words): RaftRequest {
  const from = words.id
  const epoch = words.number('epoch', 0)
  switch (command) {
    case 'vote':
    case 'prevote':
      return {
        type: 'vote',
        candidate: replica(from),
        voter: words.text('voter') ? replica(words.number('voter', 0)) : undefined,
        epoch,
        logEnd: words.place('log') ?? { offset: 0, epoch: 0 },
        preVote: command === 'prevote',
      }
    case 'begin':
      return { type: 'begin-epoch', voter: undefined, leaderId: from, epoch, leaderEndpoints: endpointsOf(from) }
    case 'end':
      return {
        type: 'end-epoch',
        leaderId: from,
        epoch,
        successors: words.ids('successors').map(replica),
        leaderEndpoints: [],
      }
    case 'fetch': {
      const at = words.place('at') ?? { offset: 0, epoch: 0 }
      return {
        type: 'fetch',
        replica: from < 0 ? { id: -1, directoryId: ZERO_UUID } : replica(from),
        epoch,
        offset: at.offset,
        lastFetchedEpoch: at.epoch,
        highWatermark: words.text('hw') === undefined ? undefined : words.number('hw', -1),
        maxWaitMs: words.number('wait', 500),
        maxBytes: 1 << 20,
      }
    }
    case 'snapshot':
      return {
        type: 'fetch-snapshot',
        replica: replica(from),
        epoch,
        snapshotId: words.snapshot('id') ?? { endOffset: 0, epoch: 0 },
        position: words.number('position', 0),
        maxBytes: words.number('max', 100),
      }
    case 'add': {
      const id = Number(words.list[0])
      return {
        type: 'add-voter',
        voter: replica(id),
        endpoints: endpointsOf(id),
        timeoutMs: 1000,
        ackWhenCommitted: !words.has('now'),
      }
    }
    case 'remove':
      return { type: 'remove-voter', voter: replica(Number(words.list[0])) }
    case 'update': {
      const id = Number(words.list[0])
      const endpoints = [{ name: 'CONTROLLER', host: 'elsewhere', port: 9093 }]
      const kRaftVersionFeature = { minSupportedVersion: 0, maxSupportedVersion: 1 }
      return { type: 'update-voter', epoch, voter: replica(id), endpoints, kRaftVersionFeature }
    }
    default:
      throw new Error(`no such command: ${command}`)
  }
}
