import { readJson } from '../json-tree.ts'
import { type SchemaCodec, UnreadableData } from '../schema-type.ts'

/** JSON is its own encoding; what is no JSON is refused either way. */
export function jsonCodec(): SchemaCodec {
  const checked = (text: string): string => {
    try {
      readJson(text)
      return text
    } catch (error) {
      throw new UnreadableData(error instanceof Error ? error.message : String(error))
    }
  }
  return { decode: (payload) => checked(payload.toString('utf8')), encode: (json) => Buffer.from(checked(json)) }
}
