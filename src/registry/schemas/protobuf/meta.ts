import type { FileRegistry } from '@bufbuild/protobuf'
import { ProtoFiles } from './files.ts'
import { parseProto } from './parse.ts'

let registry: FileRegistry | undefined

/** Knows the custom options that Confluent's serialisers put into descriptors. */
export function metaRegistry(): FileRegistry {
  registry ??= new ProtoFiles(parseProto('import "confluent/meta.proto"; message Unused {}'), () => undefined).registry
  return registry
}
