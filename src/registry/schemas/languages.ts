import type { SchemaLanguage, SchemaType } from './schema-type.ts'

const LOADERS: Readonly<Record<SchemaType, () => Promise<SchemaLanguage>>> = {
  AVRO: async () => (await import('./avro/language.ts')).AVRO,
  JSON: async () => (await import('./json/language.ts')).JSON_SCHEMA,
  PROTOBUF: async () => (await import('./protobuf/language.ts')).PROTOBUF,
}

/** A language's parser, loaded when the first schema of it comes. */
export function schemaLanguage(type: SchemaType): Promise<SchemaLanguage> {
  return LOADERS[type]()
}
