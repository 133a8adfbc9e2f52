import type { DescMessage, MessageShape, Registry } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  Edition,
  type EnumDescriptorProto,
  EnumOptionsSchema,
  EnumValueOptionsSchema,
  ExtensionRangeOptionsSchema,
  type FieldDescriptorProto,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileOptionsSchema,
  FieldDescriptorProto_Label as LabelNumber,
  MessageOptionsSchema,
  MethodOptionsSchema,
  OneofOptionsSchema,
  ServiceOptionsSchema,
  FieldDescriptorProto_Type as TypeNumber,
} from '@bufbuild/protobuf/wkt'
import { InvalidSchema } from '../schema-type.ts'
import type {
  FieldType,
  Label,
  OptionValue,
  ProtoEnum,
  ProtoExtend,
  ProtoField,
  ProtoFile,
  ProtoImport,
  ProtoMessage,
  ProtoOption,
} from './ast.ts'
import { jsonName } from './naming.ts'
import { optionsFrom } from './option-text.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const MAX_DEPTH = 64

/** The file that a descriptor describes. Type names are full ones, with a dot before them. */
export function fromDescriptor(descriptor: FileDescriptorProto, registry: Registry): ProtoFile {
  return new Reader(descriptor, registry).file()
}

class Reader {
  readonly #file: FileDescriptorProto
  readonly #registry: Registry

  constructor(file: FileDescriptorProto, registry: Registry) {
    this.#file = file
    this.#registry = registry
  }

  file(): ProtoFile {
    const file = this.#file
    const publicly = new Set(file.publicDependency)
    const weakly = new Set(file.weakDependency)
    const kind = (at: number): ProtoImport['kind'] => (publicly.has(at) ? 'public' : weakly.has(at) ? 'weak' : 'plain')
    for (const part of file.package === '' ? [] : file.package.split('.')) named(part)
    return {
      ...this.#syntax(),
      package: file.package,
      imports: file.dependency.map((path, at) => ({ path, kind: kind(at) })),
      options: this.#options(FileOptionsSchema, file.options),
      messages: file.messageType.map((one) => this.#message(one, 0)),
      enums: file.enumType.map((one) => this.#enum(one)),
      extends: this.#extends(file.extension, file.messageType, 0),
      services: file.service.map((service) => ({
        name: named(service.name),
        methods: service.method.map((method) => ({
          name: named(method.name),
          input: method.inputType,
          output: method.outputType,
          streamsInput: method.clientStreaming,
          streamsOutput: method.serverStreaming,
          options: this.#options(MethodOptionsSchema, method.options),
        })),
        options: this.#options(ServiceOptionsSchema, service.options),
      })),
    }
  }

  #syntax(): Pick<ProtoFile, 'syntax' | 'edition'> {
    const { syntax, edition } = this.#file
    if (syntax === 'proto3' || syntax === 'proto2') return { syntax, edition: undefined }
    if (syntax !== 'editions') return { syntax: undefined, edition: undefined }
    return { syntax: undefined, edition: edition === Edition.EDITION_2024 ? '2024' : '2023' }
  }

  #options<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc> | undefined): ProtoOption[] {
    return optionsFrom(schema, message, this.#registry)
  }

  #message(message: DescriptorProto, depth: number): ProtoMessage {
    if (depth > MAX_DEPTH) throw new InvalidSchema(`Messages are nested deeper than ${MAX_DEPTH}`)
    const maps = new Map(message.nestedType.filter(({ options }) => options?.mapEntry).map((one) => [one.name, one]))
    const field = (one: FieldDescriptorProto): ProtoField => this.#field(one, message.nestedType, maps, depth)
    const isReal = (one: FieldDescriptorProto): boolean => hasOneof(one) && !one.proto3Optional
    const groups = new Set(
      [...message.field, ...message.extension].filter(isGroup).map(({ typeName }) => lastPart(typeName)),
    )
    const oneofs = message.oneofDecl.map((oneof, at) => ({
      name: named(oneof.name),
      fields: message.field.filter((one) => isReal(one) && one.oneofIndex === at).map(field),
      options: this.#options(OneofOptionsSchema, oneof.options),
    }))
    const synthetic = new Set(message.field.filter((one) => one.proto3Optional).map(({ oneofIndex }) => oneofIndex))
    return {
      name: named(message.name),
      fields: message.field.filter((one) => !isReal(one)).map(field),
      oneofs: oneofs.filter((_, at) => !synthetic.has(at)),
      messages: message.nestedType
        .filter(({ name }) => !maps.has(name) && !groups.has(name))
        .map((one) => this.#message(one, depth + 1)),
      enums: message.enumType.map((one) => this.#enum(one)),
      extends: this.#extends(message.extension, message.nestedType, depth),
      extensions: message.extensionRange.map(({ start, end, options }) => ({
        ranges: [{ start, end: end - 1 }],
        options: this.#options(ExtensionRangeOptionsSchema, options),
      })),
      reserved: reservedOf(
        message.reservedRange.map(({ start, end }) => ({ start, end: end - 1 })),
        message.reservedName,
      ),
      options: this.#options(MessageOptionsSchema, message.options),
    }
  }

  #field(
    field: FieldDescriptorProto,
    siblings: readonly DescriptorProto[],
    maps: ReadonlyMap<string, DescriptorProto>,
    depth: number,
  ): ProtoField {
    const entry = field.type === TypeNumber.MESSAGE ? maps.get(lastPart(field.typeName)) : undefined
    const options = this.#options(FieldOptionsSchema, field.options)
    if (field.defaultValue !== '') options.push(plainOption('default', defaultOf(field)))
    if (field.jsonName !== '' && field.jsonName !== jsonName(field.name)) {
      options.push(plainOption('json_name', { kind: 'string', text: field.jsonName }))
    }
    const type = entry ? mapType(entry) : this.#type(field, siblings, depth)
    const label = type.kind === 'map' ? undefined : this.#label(field)
    return { label, type, name: named(field.name), number: field.number, options }
  }

  #type(field: FieldDescriptorProto, siblings: readonly DescriptorProto[], depth: number): FieldType {
    if (!isGroup(field)) return { kind: 'named', name: typeText(field) }
    const body = siblings.find(({ name }) => name === lastPart(field.typeName))
    if (!body) throw new InvalidSchema(`The group ${field.typeName} is not beside its field`)
    return { kind: 'group', body: this.#message(body, depth + 1) }
  }

  #label(field: FieldDescriptorProto): Label | undefined {
    if (field.label === LabelNumber.REPEATED) return 'repeated'
    if (field.label === LabelNumber.REQUIRED) return 'required'
    if (hasOneof(field) && !field.proto3Optional) return undefined
    const { syntax } = this.#file
    return field.proto3Optional || syntax === '' || syntax === 'proto2' ? 'optional' : undefined
  }

  #extends(
    fields: readonly FieldDescriptorProto[],
    siblings: readonly DescriptorProto[],
    depth: number,
  ): ProtoExtend[] {
    const groups = new Map<string, ProtoField[]>()
    for (const field of fields) {
      const list = groups.get(field.extendee) ?? []
      groups.set(field.extendee, list)
      list.push(this.#field(field, siblings, new Map(), depth))
    }
    return [...groups].map(([type, list]) => ({ type, fields: list }))
  }

  #enum(one: EnumDescriptorProto): ProtoEnum {
    return {
      name: named(one.name),
      values: one.value.map(({ name, number, options }) => ({
        name: named(name),
        number,
        options: this.#options(EnumValueOptionsSchema, options),
      })),
      reserved: reservedOf(
        one.reservedRange.map(({ start, end }) => ({ start, end })),
        one.reservedName,
      ),
      options: this.#options(EnumOptionsSchema, one.options),
    }
  }
}

function named(name: string): string {
  if (!NAME.test(name)) throw new InvalidSchema(`"${name}" is no Protobuf name`)
  return name
}

/** Present in the bytes at all: the first oneof has the number 0. */
function hasOneof(field: FieldDescriptorProto): boolean {
  return Object.hasOwn(field, 'oneofIndex')
}

function isGroup({ type }: FieldDescriptorProto): boolean {
  return type === TypeNumber.GROUP
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function typeText({ type, typeName }: FieldDescriptorProto): string {
  return typeName === '' ? (TypeNumber[type] ?? '').toLowerCase() : typeName
}

function mapType(entry: DescriptorProto): FieldType {
  const part = (number: number): string => {
    const field = entry.field.find((one) => one.number === number)
    return field ? typeText(field) : ''
  }
  return { kind: 'map', key: part(1), value: part(2) }
}

function plainOption(name: string, value: OptionValue): ProtoOption {
  return { name: [{ name, extension: false }], value }
}

function defaultOf({ type, defaultValue }: FieldDescriptorProto): OptionValue {
  if (type === TypeNumber.STRING || type === TypeNumber.BYTES) return { kind: 'string', text: defaultValue }
  const word = type === TypeNumber.BOOL || type === TypeNumber.ENUM
  return { kind: word ? 'word' : 'number', text: defaultValue }
}

function reservedOf(
  ranges: ProtoMessage['reserved'][number]['ranges'],
  names: readonly string[],
): ProtoMessage['reserved'] {
  const parts = [
    { ranges, names: [] },
    { ranges: [], names },
  ]
  return parts.filter((part) => part.ranges.length > 0 || part.names.length > 0)
}
