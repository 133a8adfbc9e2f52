import { ByteReader, ByteWriter } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import type { TopicPartition } from '../base/ids.ts'
import { byTopic } from './partitions.ts'

/** What members of classic groups of consumers tell each other: opaque to brokers, the same for all clients. */

export interface Subscription {
  readonly topics: readonly string[]
}

const VERSION = 0
const NULL_SIZE = -1

export function encodeSubscription({ topics }: Subscription): Buffer {
  const writer = new ByteWriter()
  writer.int16(VERSION)
  writer.int32(topics.length)
  for (const topic of topics) putString(writer, topic)
  writer.int32(NULL_SIZE)
  return writer.toBuffer()
}

/** Undefined: it is something else than a consumer's. */
export function decodeSubscription(bytes: Buffer): Subscription | undefined {
  return readable(bytes, (reader) => {
    reader.int16()
    return { topics: listOf(reader, () => stringOf(reader)) }
  })
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Buffer {
  const writer = new ByteWriter()
  const topics = byTopic(partitions)
  writer.int16(VERSION)
  writer.int32(topics.size)
  for (const [topic, mine] of topics) {
    putString(writer, topic)
    writer.int32(mine.length)
    for (const { partition } of mine) writer.int32(partition)
  }
  writer.int32(NULL_SIZE)
  return writer.toBuffer()
}

/** Undefined: it is something else than a consumer's. */
export function decodeAssignment(bytes: Buffer): TopicPartition[] | undefined {
  if (bytes.length === 0) return []
  return readable(bytes, (reader) => {
    reader.int16()
    const topics = listOf(reader, () => {
      const topic = stringOf(reader)
      return listOf(reader, () => ({ topic, partition: reader.int32() }))
    })
    return topics.flat()
  })
}

function readable<T>(bytes: Buffer, read: (reader: ByteReader) => T): T | undefined {
  try {
    return read(new ByteReader(bytes))
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

function listOf<T>(reader: ByteReader, read: () => T): T[] {
  const count = reader.int32()
  if (count < 0 || count > reader.remaining) throw new ProtocolError(`a list of ${count}`)
  return Array.from({ length: count }, read)
}

function stringOf(reader: ByteReader): string {
  return reader.utf8(reader.int16())
}

function putString(writer: ByteWriter, text: string): void {
  const size = Buffer.byteLength(text)
  writer.int16(size)
  writer.utf8(text, size)
}
