import { readJson } from '../json-tree.ts'
import { type SchemaEncoder, UnwritableData } from '../schema-type.ts'

/** JSON is its own encoding; what is no JSON is refused. */
export const jsonEncoder: SchemaEncoder = (json) => {
  try {
    readJson(json)
  } catch (error) {
    throw new UnwritableData(error instanceof Error ? error.message : String(error))
  }
  return Buffer.from(json)
}
