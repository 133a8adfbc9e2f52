import { isUuid, type TopicId } from '../base/ids.ts'
import type { EpochEntry } from './leader-epochs.ts'

/** A checkpoint file that can't be read as one. */
export class CorruptCheckpoint extends Error {
  override readonly name = 'CorruptCheckpoint'
}

/** Version 0, the number of lines, the lines: the form of all checkpoint files. */
function formatLines(lines: readonly string[]): string {
  return `0\n${lines.length}\n${lines.map((line) => `${line}\n`).join('')}`
}

function parseLines(text: string): string[] {
  // Kafka makes the file before it has something to write.
  if (text === '') return []
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  if (lines[0] !== '0') throw new CorruptCheckpoint(`unknown version ${lines[0]}`)
  const count = Number(lines[1])
  if (count !== lines.length - 2) throw new CorruptCheckpoint(`${count} lines promised, ${lines.length - 2} there`)
  return lines.slice(2)
}

function whole(text: string | undefined): number {
  const value = Number(text)
  if (text === undefined || !/^-?\d+$/.test(text)) throw new CorruptCheckpoint(`not a number: ${text}`)
  return value
}

export interface PartitionOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export function formatOffsetCheckpoint(entries: readonly PartitionOffset[]): string {
  return formatLines(entries.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`))
}

/** By `topic-partition`. */
export function parseOffsetCheckpoint(text: string): Map<string, number> {
  const offsets = new Map<string, number>()
  for (const line of parseLines(text)) {
    const [topic, partition, offset, more] = line.split(/\s+/)
    if (more !== undefined) throw new CorruptCheckpoint(`malformed line: ${line}`)
    offsets.set(`${topic}-${whole(partition)}`, whole(offset))
  }
  return offsets
}

export function formatLeaderEpochs(entries: readonly EpochEntry[]): string {
  return formatLines(entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`))
}

export function parseLeaderEpochs(text: string): EpochEntry[] {
  return parseLines(text).map((line) => {
    const [epoch, startOffset] = line.split(/\s+/)
    return { epoch: whole(epoch), startOffset: whole(startOffset) }
  })
}

export function formatPartitionMetadata(topicId: TopicId): string {
  return `version: 0\ntopic_id: ${topicId}`
}

export function parsePartitionMetadata(text: string): TopicId {
  const id = /^topic_id: *(\S+)$/m.exec(text)?.[1] ?? ''
  if (!/^version: *0$/m.test(text) || !isUuid(id)) throw new CorruptCheckpoint('malformed partition.metadata')
  return id
}

export function formatCleanShutdown(brokerEpoch: number): string {
  return JSON.stringify({ version: 0, brokerEpoch })
}

/** -1 where the marker holds no epoch, as those of older brokers. */
export function parseCleanShutdown(text: string): number {
  try {
    const epoch: unknown = JSON.parse(text).brokerEpoch
    return typeof epoch === 'number' ? epoch : -1
  } catch {
    return -1
  }
}
