import { readJson } from '../json-tree.ts'
import { type ParsedSchema, type SchemaEncoder, UnwritableData } from '../schema-type.ts'
import { AvroEncoder } from './encode.ts'
import { AvroSchema } from './language.ts'

/** Avro's binary encoding of its JSON encoding, or of plainer JSON: a union's value may stand without its branch's name. */
export function avroEncoder(schema: ParsedSchema): SchemaEncoder {
  if (!(schema instanceof AvroSchema)) throw new UnwritableData('The schema is no Avro')
  return (json) => {
    try {
      return new AvroEncoder().whole(schema.root, readJson(json))
    } catch (error) {
      if (error instanceof UnwritableData) throw error
      throw new UnwritableData(error instanceof Error ? error.message : String(error))
    }
  }
}
