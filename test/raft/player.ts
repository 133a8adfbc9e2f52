import type { Uuid } from '../../src/base/ids.ts'
import { Raft } from '../../src/raft/raft.ts'
import type { HardState, RaftEvent, Ready, Voters } from '../../src/raft/types.ts'
import type { MessageEvent, RaftMessage } from '../../src/raft/types-before.ts'
import { isControl, recordCount } from '../../src/record/header.ts'

/**
 * A scenario is lines of `> command` with what comes of each below it, indented.
 *
 *     node SELF of ID,ID… [static] [bootstrap] [epoch=E leader=L voted=V] [log=OFFSET@EPOCH]
 *     at MS | start | tick | propose N | synced [OFFSET] | resign
 *     vote|prevote from ID epoch=E log=OFFSET@EPOCH
 *     granted|refused by ID epoch=E [pre] [leader=L]
 *     begin from ID epoch=E | end from ID epoch=E
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

function replica(id: number) {
  return { id, directoryId: (DIRECTORIES[id] ?? 'EEEEEEEEEEEEEEEEEEEEEA') as Uuid }
}

function votersOf(ids: readonly number[]): Voters {
  return ids.map((id) => ({
    voterId: id,
    voterDirectoryId: replica(id).directoryId,
    endpoints: [{ name: 'CONTROLLER', host: `node-${id}`, port: 9093 }],
    kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
  }))
}

class Player {
  #raft: Raft | undefined
  #nowMs = 0
  #was = ''

  run(line: string): string[] {
    const [command = '', ...words] = line.split(' ')
    if (command === 'node') return this.#node(words)
    if (command === 'at') {
      this.#nowMs = Number(words[0])
      return []
    }
    const raft = this.#raft
    if (!raft) throw new Error('no node yet')
    raft.step(this.#event(command, words), this.#nowMs)
    return this.#describe(raft, raft.ready())
  }

  #node(words: string[]): string[] {
    const field = (name: string) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
    const voted = Number(field('voted') ?? -1)
    const hardState: HardState | undefined = field('epoch')
      ? {
          epoch: Number(field('epoch')),
          leaderId: Number(field('leader') ?? -1),
          voted: voted < 0 ? null : replica(voted),
        }
      : undefined
    this.#raft = new Raft({
      self: replica(Number(words[0])),
      voters: {
        voters: votersOf((words[2] ?? '').split(',').map(Number)),
        kraftVersion: words.includes('static') ? 0 : 1,
        fromBootstrap: words.includes('bootstrap'),
      },
      hardState,
      logEnd: logEnd(field('log')),
      electionTimeoutMs: 1000,
      fetchTimeoutMs: 2000,
      random: () => 0,
    })
    this.#was = ''
    return []
  }

  #event(command: string, words: readonly string[]): RaftEvent | MessageEvent {
    if (command === 'propose') {
      return { type: 'propose', values: Array.from({ length: Number(words[0]) }, () => Buffer.from('value')) }
    }
    if (command === 'synced') {
      return { type: 'synced', endOffset: Number(words[0] ?? this.#raft?.logEnd.offset) }
    }
    if (command === 'start' || command === 'tick' || command === 'resign') return { type: command }
    return { type: 'message', message: messageOf(command, words) }
  }

  #describe(raft: Raft, ready: Ready): string[] {
    const lines: string[] = []
    const { hardState } = ready
    if (hardState) {
      const voted = hardState.voted === null ? 'nobody' : hardState.voted.id
      lines.push(`write epoch=${hardState.epoch} leader=${hardState.leaderId} voted=${voted}`)
    }
    for (const { baseOffset, lastOffset, epoch, bytes } of ready.append) {
      const kind = isControl(bytes, 0) ? 'control' : 'data'
      lines.push(`append ${baseOffset}-${lastOffset}@${epoch} ${recordCount(bytes, 0)} ${kind} records`)
    }
    for (const { to, message } of ready.sendNow as unknown as { to: number; message: RaftMessage }[])
      lines.push(`send now to ${to}: ${describe(message)}`)
    for (const { to, message } of ready.sendAfterSync as unknown as { to: number; message: RaftMessage }[])
      lines.push(`send after sync to ${to}: ${describe(message)}`)
    const is = `${ready.role} of epoch ${raft.epoch}, committed ${ready.committed ?? 'unknown'}`
    if (is !== this.#was) lines.push(is)
    this.#was = is
    return lines
  }
}

function logEnd(text: string | undefined) {
  const [offset = '0', epoch = '0'] = (text ?? '0@0').split('@')
  return { offset: Number(offset), epoch: Number(epoch) }
}

function messageOf(command: string, words: readonly string[]): RaftMessage {
  const field = (name: string) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
  const from = Number(words[1])
  const epoch = Number(field('epoch'))
  if (command === 'vote' || command === 'prevote') {
    return {
      type: 'vote',
      candidate: replica(from),
      epoch,
      logEnd: logEnd(field('log')),
      preVote: command === 'prevote',
    }
  }
  if (command === 'granted' || command === 'refused') {
    const leaderId = Number(field('leader') ?? -1)
    return {
      type: 'vote-reply',
      voter: from,
      epoch,
      leaderId,
      granted: command === 'granted',
      preVote: words.includes('pre'),
    }
  }
  if (command === 'begin') return { type: 'begin-epoch', leaderId: from, epoch }
  if (command === 'end') return { type: 'end-epoch', leaderId: from, epoch, successors: [] }
  throw new Error(`no such command: ${command}`)
}

function describe(message: RaftMessage): string {
  if (message.type === 'vote') {
    const { offset, epoch } = message.logEnd
    return `${message.preVote ? 'prevote' : 'vote'} epoch=${message.epoch} log=${offset}@${epoch}`
  }
  if (message.type === 'vote-reply') {
    return `${message.granted ? 'granted' : 'refused'}${message.preVote ? ' pre' : ''} epoch=${message.epoch} leader=${message.leaderId}`
  }
  return `${message.type} epoch=${message.epoch} leader=${message.leaderId}`
}
