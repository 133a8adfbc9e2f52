import { type DescMessage, fromBinary, fromJsonString, toBinary, toJson } from '@bufbuild/protobuf'
import { type ParsedSchema, type SchemaCodec, UnreadableData } from '../schema-type.ts'
import { ROOT } from './files.ts'
import { ProtobufSchema } from './language.ts'

const MAX_INDEXES = 64
const MAX_VARINT_BYTES = 5

/** Payloads begin with the indexes that lead to their message: into the file's messages, then into the nested ones. */
export function protobufCodec(schema: ParsedSchema, name?: string): SchemaCodec {
  if (!(schema instanceof ProtobufSchema)) throw new UnreadableData('The schema is no Protobuf')
  const { registry } = schema.files
  const messages = registry.getFile(ROOT)?.messages ?? []
  return {
    decode: (payload) => {
      const { indexes, at } = readIndexes(payload)
      const message = messageAt(messages, indexes)
      try {
        return JSON.stringify(toJson(message, fromBinary(message, payload.subarray(at)), { registry }))
      } catch (error) {
        throw new UnreadableData(`No ${message.typeName}: ${error instanceof Error ? error.message : error}`)
      }
    },
    encode: (json) => {
      const indexes = name === undefined ? [0] : indexesOf(messages, name)
      const message = messageAt(messages, indexes)
      try {
        return Buffer.concat([writeIndexes(indexes), toBinary(message, fromJsonString(message, json, { registry }))])
      } catch (error) {
        throw new UnreadableData(`No ${message.typeName}: ${error instanceof Error ? error.message : error}`)
      }
    },
  }
}

/** The names of all messages that may be written, as the file declares them. */
export function messageNames(schema: ProtobufSchema): string[] {
  const all = (list: readonly DescMessage[]): string[] =>
    list.filter(isDeclared).flatMap((message) => [message.typeName, ...all(message.nestedMessages)])
  return all(schema.files.registry.getFile(ROOT)?.messages ?? [])
}

function isDeclared(message: DescMessage): boolean {
  return message.proto.options?.mapEntry !== true
}

function messageAt(messages: readonly DescMessage[], indexes: readonly number[]): DescMessage {
  let list = messages
  let found: DescMessage | undefined
  for (const index of indexes) {
    found = list[index]
    if (!found) throw new UnreadableData(`The schema has no message [${indexes.join(', ')}]`)
    list = found.nestedMessages
  }
  if (!found) throw new UnreadableData('The schema has no messages')
  return found
}

function indexesOf(messages: readonly DescMessage[], name: string): number[] {
  for (const [at, message] of messages.entries()) {
    if (message.typeName === name) return [at]
    if (name.startsWith(`${message.typeName}.`)) return [at, ...indexesOf(message.nestedMessages, name)]
  }
  throw new UnreadableData(`The schema has no message ${name}`)
}

/** A count and so many indexes, zigzag varints all; a lone 0 stands for the first message. */
function readIndexes(payload: Buffer): { indexes: number[]; at: number } {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let count = 0; count < MAX_VARINT_BYTES; count += 1) {
      const byte = payload[at]
      if (byte === undefined) throw new UnreadableData('The message indexes are cut off')
      at += 1
      value += (byte & 0x7f) * 2 ** (7 * count)
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    throw new UnreadableData('A message index is too long')
  }
  const count = varint()
  if (count < 0 || count > MAX_INDEXES) throw new UnreadableData(`${count} message indexes`)
  if (count === 0) return { indexes: [0], at }
  return { indexes: Array.from({ length: count }, varint), at }
}

function writeIndexes(indexes: readonly number[]): Buffer {
  if (indexes.length === 1 && indexes[0] === 0) return Buffer.from([0])
  const bytes: number[] = []
  for (const index of [indexes.length, ...indexes]) {
    let rest = index * 2
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
    bytes.push(rest)
  }
  return Buffer.from(bytes)
}
