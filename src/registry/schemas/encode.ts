import { type ParsedSchema, type SchemaEncoder, UnwritableData } from './schema-type.ts'

const ID_MAGIC = 0
const ID_FRAME = 5

/** Puts the id before what an encoder gave. */
export function framed(id: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(ID_FRAME)
  head[0] = ID_MAGIC
  head.writeInt32BE(id, 1)
  return Buffer.concat([head, payload])
}

/** Of a schema. `message`: the Protobuf message to encode, where it is not the file's first one. */
export async function encoderOf(schema: ParsedSchema, message?: string): Promise<SchemaEncoder> {
  switch (schema.type) {
    case 'AVRO':
      return (await import('./avro/encoder.ts')).avroEncoder(schema)
    case 'JSON':
      return (await import('./json/encoder.ts')).jsonEncoder
    case 'PROTOBUF':
      return (await import('./protobuf/encoder.ts')).protobufEncoder(schema, message)
    default:
      throw new UnwritableData(`${String(schema.type)} can't be written`)
  }
}
