import { type DescMessage, fromJsonString, toBinary } from '@bufbuild/protobuf'
import { type ParsedSchema, type SchemaEncoder, UnwritableData } from '../schema-type.ts'
import { ROOT } from './files.ts'
import { ProtobufSchema } from './language.ts'

/** Payloads begin with the indexes that lead to their message: into the file's messages, then into the nested ones. */
export function protobufEncoder(schema: ParsedSchema, name?: string): SchemaEncoder {
  const { registry } = filesOf(schema)
  const messages = registry.getFile(ROOT)?.messages ?? []
  return (json) => {
    const indexes = name === undefined ? [0] : indexesOf(messages, name)
    const message = messageAt(messages, indexes)
    try {
      return Buffer.concat([writeIndexes(indexes), toBinary(message, fromJsonString(message, json, { registry }))])
    } catch (error) {
      throw new UnwritableData(`No ${message.typeName}: ${error instanceof Error ? error.message : error}`)
    }
  }
}

function filesOf(schema: ParsedSchema) {
  if (!(schema instanceof ProtobufSchema)) throw new UnwritableData('The schema is no Protobuf')
  return schema.files
}

/** The names of all messages that may be written, as the file declares them. */
export function messageNames(schema: ParsedSchema): string[] {
  const all = (list: readonly DescMessage[]): string[] =>
    list.filter(isDeclared).flatMap((message) => [message.typeName, ...all(message.nestedMessages)])
  return all(filesOf(schema).registry.getFile(ROOT)?.messages ?? [])
}

function isDeclared(message: DescMessage): boolean {
  return message.proto.options?.mapEntry !== true
}

function messageAt(messages: readonly DescMessage[], indexes: readonly number[]): DescMessage {
  let list = messages
  let found: DescMessage | undefined
  for (const index of indexes) {
    found = list[index]
    if (!found) throw new UnwritableData(`The schema has no message [${indexes.join(', ')}]`)
    list = found.nestedMessages
  }
  if (!found) throw new UnwritableData('The schema has no messages')
  return found
}

function indexesOf(messages: readonly DescMessage[], name: string): number[] {
  for (const [at, message] of messages.entries()) {
    if (message.typeName === name) return [at]
    if (name.startsWith(`${message.typeName}.`)) return [at, ...indexesOf(message.nestedMessages, name)]
  }
  throw new UnwritableData(`The schema has no message ${name}`)
}

/** A count and so many indexes, zigzag varints all; a lone 0 stands for the first message. */
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
