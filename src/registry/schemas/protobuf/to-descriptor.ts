import { create, type DescMessage, type MessageShape, type Registry } from '@bufbuild/protobuf'
import { mergeFromText } from '@bufbuild/protobuf/txtpb'
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  Edition,
  type EnumDescriptorProto,
  EnumDescriptorProtoSchema,
  EnumOptionsSchema,
  EnumValueOptionsSchema,
  ExtensionRangeOptionsSchema,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileOptionsSchema,
  FieldDescriptorProto_Label as LabelNumber,
  MessageOptionsSchema,
  MethodOptionsSchema,
  OneofOptionsSchema,
  ServiceOptionsSchema,
  FieldDescriptorProto_Type as TypeNumber,
} from '@bufbuild/protobuf/wkt'
import { InvalidSchema } from '../schema-type.ts'
import {
  allFields,
  optionNamed,
  type ProtoEnum,
  type ProtoExtend,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoOption,
  type Reserved,
  SCALARS,
} from './ast.ts'
import { decimal, jsonName, mapEntryName } from './naming.ts'
import { optionText } from './option-text.ts'
import { joined, type Symbols } from './symbols.ts'

/** Options of a field that its descriptor has members of its own for. */
const OWN_MEMBERS = new Set(['default', 'json_name'])
const LABELS = { optional: LabelNumber.OPTIONAL, required: LabelNumber.REQUIRED, repeated: LabelNumber.REPEATED }

/**
 * The descriptor of a file, all names resolved. `registry` knows the extensions that custom options are made of; `missing`
 * imports are left out.
 */
export function toDescriptor(
  file: ProtoFile,
  path: string,
  symbols: Symbols,
  missing: ReadonlySet<string>,
  registry?: Registry,
): FileDescriptorProto {
  return new Writer(file, symbols, missing, registry).file(path)
}

class Writer {
  readonly #file: ProtoFile
  readonly #symbols: Symbols
  readonly #missing: ReadonlySet<string>
  readonly #registry: Registry | undefined

  constructor(file: ProtoFile, symbols: Symbols, missing: ReadonlySet<string>, registry: Registry | undefined) {
    this.#file = file
    this.#missing = missing
    this.#symbols = symbols
    this.#registry = registry
  }

  file(path: string): FileDescriptorProto {
    const file = this.#file
    const scope = file.package
    const imports = file.imports.filter(({ kind, path: of }) => kind !== 'option' && !this.#missing.has(of))
    const at = (kind: string): number[] => imports.flatMap((one, index) => (one.kind === kind ? [index] : []))
    const extensions = this.#extends(file.extends, scope)
    return create(FileDescriptorProtoSchema, {
      name: path,
      package: file.package,
      dependency: imports.map((one) => one.path),
      publicDependency: at('public'),
      weakDependency: at('weak'),
      messageType: [...file.messages.map((one) => this.#message(one, scope)), ...extensions.groups],
      enumType: file.enums.map((one) => this.#enum(one, scope)),
      extension: extensions.fields,
      service: file.services.map(({ name, methods, options }) => ({
        name,
        method: methods.map((method) => ({
          name: method.name,
          inputType: this.#type(method.input, scope),
          outputType: this.#type(method.output, scope),
          clientStreaming: method.streamsInput,
          serverStreaming: method.streamsOutput,
          ...this.#options(MethodOptionsSchema, method.options, scope),
        })),
        ...this.#options(ServiceOptionsSchema, options, scope),
      })),
      ...this.#options(FileOptionsSchema, file.options, scope),
      ...this.#syntax(),
    })
  }

  #syntax(): { syntax?: string; edition?: Edition } {
    const { edition, syntax } = this.#file
    if (edition === undefined) return syntax === 'proto3' ? { syntax } : {}
    const known = { '2023': Edition.EDITION_2023, '2024': Edition.EDITION_2024 }[edition]
    if (known === undefined) throw new InvalidSchema(`Unknown edition "${edition}"`)
    return { syntax: 'editions', edition: known }
  }

  /** Nothing where there are no options. Those that nobody declares stay in the text alone. */
  #options<Desc extends DescMessage>(
    schema: Desc,
    options: readonly ProtoOption[],
    scope: string,
  ): { options?: MessageShape<Desc> } {
    const message = create(schema)
    let some = false
    for (const option of options) {
      const text = optionText(option, (name) => this.#symbols.resolve(name, scope) ?? name)
      try {
        mergeFromText(schema, message, text, this.#registry ? { registry: this.#registry } : {})
        some = true
      } catch {
        // An extension that no import declares, or a value that does not fit: as lenient as the registry's text is.
      }
    }
    return some ? { options: message } : {}
  }

  #type(name: string, scope: string): string {
    const full = this.#symbols.resolve(name, scope)
    if (full === undefined || this.#symbols.get(full)?.kind === 'extension') {
      const why = [...this.#missing]
        .slice(0, 3)
        .map((path) => `; the import "${path}" is no reference`)
        .join('')
      throw new InvalidSchema(`Could not resolve type "${name}" in ${scope || 'the file'}${why}`)
    }
    return `.${full}`
  }

  #message(message: ProtoMessage, prefix: string): DescriptorProto {
    const scope = joined(prefix, message.name)
    const all = allFields(message)
    const optionals = message.fields.filter((field) => this.#isExplicit(field))
    const extensions = this.#extends(message.extends, scope)
    return create(DescriptorProtoSchema, {
      name: message.name,
      field: [
        ...message.fields.map((field) => {
          const optional = optionals.indexOf(field)
          const oneof = optional < 0 ? {} : { proto3Optional: true, oneofIndex: message.oneofs.length + optional }
          return this.#field(field, scope, oneof)
        }),
        ...message.oneofs.flatMap(({ fields }, oneofIndex) =>
          fields.map((field) => this.#field(field, scope, { oneofIndex })),
        ),
      ],
      nestedType: [
        ...message.messages.map((one) => this.#message(one, scope)),
        ...[...all].flatMap(({ type }) => (type.kind === 'group' ? [this.#message(type.body, scope)] : [])),
        ...all.flatMap((field) => (field.type.kind === 'map' ? [this.#mapEntry(field, scope)] : [])),
        ...extensions.groups,
      ],
      enumType: message.enums.map((one) => this.#enum(one, scope)),
      extension: extensions.fields,
      oneofDecl: [
        ...message.oneofs.map(({ name, options }) => ({ name, ...this.#options(OneofOptionsSchema, options, scope) })),
        ...optionals.map(({ name }) => ({ name: `_${name}` })),
      ],
      extensionRange: message.extensions.flatMap(({ ranges, options }) =>
        ranges.map(({ start, end }) => ({
          start,
          end: end + 1,
          ...this.#options(ExtensionRangeOptionsSchema, options, scope),
        })),
      ),
      reservedRange: rangesOf(message.reserved).map(({ start, end }) => ({ start, end: end + 1 })),
      reservedName: message.reserved.flatMap(({ names }) => names),
      ...this.#options(MessageOptionsSchema, message.options, scope),
    })
  }

  /** A field of proto3 that tells absence apart, for which descriptors have a oneof of its own. */
  #isExplicit({ label, type }: ProtoField): boolean {
    return this.#file.syntax === 'proto3' && label === 'optional' && type.kind !== 'map'
  }

  #mapEntry(field: ProtoField, scope: string): DescriptorProto {
    const { type } = field
    if (type.kind !== 'map') throw new InvalidSchema(`${field.name} is no map`)
    const part = (name: string, number: number, typeName: string): FieldDescriptorProto =>
      this.#field({ label: undefined, type: { kind: 'named', name: typeName }, name, number, options: [] }, scope, {})
    return create(DescriptorProtoSchema, {
      name: mapEntryName(field.name),
      field: [part('key', 1, type.key), part('value', 2, type.value)],
      options: { mapEntry: true },
    })
  }

  #field(
    field: ProtoField,
    scope: string,
    more: { oneofIndex?: number; proto3Optional?: boolean; extendee?: string },
  ): FieldDescriptorProto {
    const value = optionNamed(field.options, 'default')
    const json = optionNamed(field.options, 'json_name')
    const given =
      value?.kind === 'string' || value?.kind === 'number' || value?.kind === 'word' ? value.text : undefined
    const repeated = field.type.kind === 'map' ? 'repeated' : (field.label ?? 'optional')
    const options = field.options.filter(({ name }) => name.length > 1 || !OWN_MEMBERS.has(name[0]?.name ?? ''))
    return create(FieldDescriptorProtoSchema, {
      name: field.name,
      number: field.number,
      label: LABELS[repeated],
      jsonName: json?.kind === 'string' ? json.text : jsonName(field.name),
      ...this.#fieldType(field, scope),
      ...(given === undefined ? {} : { defaultValue: decimal(given) }),
      ...this.#options(FieldOptionsSchema, options, scope),
      ...more,
    })
  }

  #fieldType(field: ProtoField, scope: string): { type: TypeNumber; typeName?: string } {
    const { type } = field
    if (type.kind === 'group') return { type: TypeNumber.GROUP, typeName: `.${joined(scope, type.body.name)}` }
    if (type.kind === 'map') {
      return { type: TypeNumber.MESSAGE, typeName: `.${joined(scope, mapEntryName(field.name))}` }
    }
    if (SCALARS.has(type.name)) return { type: TypeNumber[type.name.toUpperCase() as keyof typeof TypeNumber] }
    const typeName = this.#type(type.name, scope)
    const isEnum = this.#symbols.get(typeName.slice(1))?.kind === 'enum'
    return { type: isEnum ? TypeNumber.ENUM : TypeNumber.MESSAGE, typeName }
  }

  #extends(all: readonly ProtoExtend[], scope: string): { fields: FieldDescriptorProto[]; groups: DescriptorProto[] } {
    const fields = all.flatMap((extend) => {
      const extendee = this.#type(extend.type, scope)
      return extend.fields.map((field) => this.#field(field, scope, { extendee }))
    })
    const groups = all.flatMap((extend) =>
      extend.fields.flatMap(({ type }) => (type.kind === 'group' ? [this.#message(type.body, scope)] : [])),
    )
    return { fields, groups }
  }

  #enum({ name, values, reserved, options }: ProtoEnum, prefix: string): EnumDescriptorProto {
    const scope = joined(prefix, name)
    return create(EnumDescriptorProtoSchema, {
      name,
      value: values.map((value) => ({
        name: value.name,
        number: value.number,
        ...this.#options(EnumValueOptionsSchema, value.options, scope),
      })),
      reservedRange: rangesOf(reserved).map(({ start, end }) => ({ start, end })),
      reservedName: reserved.flatMap(({ names }) => names),
      ...this.#options(EnumOptionsSchema, options, scope),
    })
  }
}

function rangesOf(all: readonly Reserved[]): { start: number; end: number }[] {
  return all.flatMap(({ ranges }) => [...ranges])
}
