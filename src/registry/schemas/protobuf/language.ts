import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { protobufMessages } from '../../compatibility/protobuf/messages.ts'
import {
  InvalidSchema,
  NEW_READS_OLD,
  type ParsedSchema,
  type ResolvedReference,
  type RoleNames,
  type SchemaLanguage,
} from '../schema-type.ts'
import type { SchemaTags, TagChange } from '../tags.ts'
import type { ProtoFile } from './ast.ts'
import { checkFile } from './check.ts'
import { ProtoFiles, ROOT } from './files.ts'
import { fromDescriptor } from './from-descriptor.ts'
import { metaRegistry } from './meta.ts'
import { parseProto } from './parse.ts'
import { printProto } from './print.ts'
import { resolvedFile } from './resolved.ts'
import { joined } from './symbols.ts'
import { protobufTags, withProtobufTags } from './tags.ts'

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/

export class ProtobufSchema implements ParsedSchema {
  readonly type = 'PROTOBUF'
  readonly canonical: string
  readonly references: readonly ResolvedReference[]
  readonly files: ProtoFiles
  #normal: string | undefined

  constructor(files: ProtoFiles, references: readonly ResolvedReference[]) {
    this.files = files
    this.references = references
    this.canonical = printProto(files.root)
  }

  get name(): string | undefined {
    const { root } = this.files
    const first = root.messages[0] ?? root.enums[0]
    return first && joined(root.package, first.name)
  }

  hasTopField(name: string): boolean {
    return this.files.root.messages.some(({ fields }) => fields.some((field) => field.name === name))
  }

  normalized(): string {
    this.#normal ??= printProto(resolvedFile(this.files.root, this.files.symbols), {
      normal: true,
      ignoreExtensions: false,
    })
    return this.#normal
  }

  formatted(format: string): string {
    if (format === 'serialized') {
      const { descriptor } = this.files
      return Buffer.from(toBinary(FileDescriptorProtoSchema, { ...descriptor, name: ROOT })).toString('base64')
    }
    if (format === 'ignore_extensions') return printProto(this.files.root, { normal: false, ignoreExtensions: true })
    return this.canonical
  }

  tagged(): readonly SchemaTags[] {
    return protobufTags(this.files.root)
  }

  withTags(change: TagChange): string {
    return printProto(withProtobufTags(this.files.root, change))
  }

  equivalent(other: ParsedSchema): boolean {
    return other instanceof ProtobufSchema && this.normalized() === other.normalized()
  }

  backwardProblems(older: ParsedSchema, names: RoleNames = NEW_READS_OLD): readonly string[] {
    if (!(older instanceof ProtobufSchema)) return ['Incompatible because of different schema type']
    return protobufMessages(older.files, this.files, names)
  }
}

/** A `.proto` text, or the base64 of a FileDescriptorProto, which is what some serialisers register. */
function readFile(text: string): ProtoFile {
  if (BASE64.test(text)) {
    const described = fromBase64(text)
    if (described) return described
  }
  return parseProto(text)
}

function fromBase64(text: string): ProtoFile | undefined {
  try {
    const descriptor = fromBinary(FileDescriptorProtoSchema, Buffer.from(text, 'base64'))
    // Chance may make a descriptor of other bytes; unknown fields give it away.
    if (descriptor.$unknown !== undefined) return undefined
    return fromDescriptor(descriptor, metaRegistry())
  } catch (error) {
    if (error instanceof InvalidSchema) throw error
    return undefined
  }
}

function parse(text: string, references: readonly ResolvedReference[]): ProtobufSchema {
  try {
    const byName = new Map(references.map(({ name, text: of }) => [name, of]))
    const read = new Map<string, ProtoFile>()
    const find = (path: string): ProtoFile | undefined => {
      const of = byName.get(path)
      const file = read.get(path) ?? (of === undefined ? undefined : readFile(of))
      if (file) read.set(path, file)
      return file
    }
    const root = readFile(text)
    checkFile(root)
    const files = new ProtoFiles(root, find)
    if (
      root.messages.length === 0 &&
      root.enums.length === 0 &&
      root.imports.length === 0 &&
      root.extends.length === 0
    ) {
      throw new InvalidSchema('The file declares nothing')
    }
    // Resolves every name and is what reads and writes messages.
    if (!files.registry.getFile(ROOT)) throw new InvalidSchema('The file cannot be described')
    return new ProtobufSchema(files, references)
  } catch (error) {
    if (error instanceof InvalidSchema) throw error
    throw new InvalidSchema(`Could not parse Protobuf - ${error instanceof Error ? error.message : error}`)
  }
}

export const PROTOBUF: SchemaLanguage = { type: 'PROTOBUF', parse }
