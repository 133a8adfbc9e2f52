import { readJson } from '../json-tree.ts'
import { type ParsedSchema, type SchemaCodec, UnreadableData } from '../schema-type.ts'
import { AvroDecoder } from './decode.ts'
import { AvroEncoder } from './encode.ts'
import { AvroSchema } from './language.ts'

/** Avro's binary encoding to and from its JSON encoding: a union's value stands under its branch's name. */
export function avroCodec(schema: ParsedSchema): SchemaCodec {
  if (!(schema instanceof AvroSchema)) throw new UnreadableData('The schema is no Avro')
  return {
    decode: (payload) => new AvroDecoder(payload).whole(schema.root),
    encode: (json) => guarded(() => new AvroEncoder().whole(schema.root, readJson(json))),
  }
}

function guarded<T>(act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof UnreadableData) throw error
    throw new UnreadableData(error instanceof Error ? error.message : String(error))
  }
}
