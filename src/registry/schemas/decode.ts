import type { ParsedSchema, SchemaCodec } from './schema-type.ts'
import { UnreadableData } from './schema-type.ts'

/** Which schema wrote a record: by the registry's id, or by the schema's GUID (newer serialisers). */
export type SchemaMark = { readonly id: number } | { readonly guid: string }

/** A key or value in the registry's framing. Protobuf's payload still begins with its message indexes. */
export interface Frame {
  readonly mark: SchemaMark
  readonly payload: Buffer
}

/** The record headers in which newer serialisers put the schema's GUID instead of before the payload. */
export const KEY_SCHEMA_HEADER = '__key_schema_id'
export const VALUE_SCHEMA_HEADER = '__value_schema_id'

const ID_MAGIC = 0
const GUID_MAGIC = 1
const ID_FRAME = 5
const GUID_FRAME = 17

/** The frame of a key or value, or undefined where the bytes have none. Bytes that begin like a frame may be chance. */
export function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length >= ID_FRAME && bytes[0] === ID_MAGIC) {
    return { mark: { id: bytes.readInt32BE(1) }, payload: bytes.subarray(ID_FRAME) }
  }
  if (bytes.length >= GUID_FRAME && bytes[0] === GUID_MAGIC) {
    return { mark: { guid: guidText(bytes.subarray(1, GUID_FRAME)) }, payload: bytes.subarray(GUID_FRAME) }
  }
  return undefined
}

/** The frame of a value whose schema is named by the record's header; Protobuf's indexes follow the GUID there. */
export function readHeaderFrame(header: Buffer, value: Buffer): Frame | undefined {
  const frame = readFrame(header)
  return frame ? { mark: frame.mark, payload: Buffer.concat([frame.payload, value]) } : undefined
}

/** Puts the id before what a codec gave. */
export function framed(id: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(ID_FRAME)
  head.writeInt32BE(id, 1)
  return Buffer.concat([head, payload])
}

function guidText(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** The codec of a schema. `message`: the Protobuf message to encode, where it is not the file's first one. */
export async function codecOf(schema: ParsedSchema, message?: string): Promise<SchemaCodec> {
  switch (schema.type) {
    case 'AVRO':
      return (await import('./avro/codec.ts')).avroCodec(schema)
    case 'JSON':
      return (await import('./json/codec.ts')).jsonCodec()
    case 'PROTOBUF':
      return (await import('./protobuf/codec.ts')).protobufCodec(schema, message)
    default:
      throw new UnreadableData(`No codec for ${String(schema.type)}`)
  }
}
