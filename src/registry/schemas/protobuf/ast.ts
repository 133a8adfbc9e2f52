/** A `.proto` file as it is written: type names and options as in the text, nothing resolved. */
export interface ProtoFile {
  readonly syntax: 'proto2' | 'proto3' | undefined
  readonly edition: string | undefined
  readonly package: string
  readonly imports: readonly ProtoImport[]
  readonly options: readonly ProtoOption[]
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
  readonly extends: readonly ProtoExtend[]
  readonly services: readonly ProtoService[]
}

export interface ProtoImport {
  readonly path: string
  readonly kind: 'plain' | 'public' | 'weak' | 'option'
}

/** A part of an option's name; an extension's stands in parentheses. */
export interface OptionPart {
  readonly name: string
  readonly extension: boolean
}

export type OptionValue =
  | { readonly kind: 'string'; readonly text: string }
  /** Numbers keep their digits; words are `true`, enum constants, `inf`. */
  | { readonly kind: 'number' | 'word'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly OptionValue[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [key: string, value: OptionValue])[] }

export interface ProtoOption {
  readonly name: readonly OptionPart[]
  readonly value: OptionValue
}

export type Label = 'optional' | 'required' | 'repeated'

export interface ProtoField {
  readonly label: Label | undefined
  readonly type: FieldType
  readonly name: string
  readonly number: number
  /** With `default` and `json_name`. */
  readonly options: readonly ProtoOption[]
}

export type FieldType =
  /** A scalar's name, or a message's or enum's as it is written. */
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'map'; readonly key: string; readonly value: string }
  | { readonly kind: 'group'; readonly body: ProtoMessage }

export interface ProtoRange {
  readonly start: number
  /** Inclusive. */
  readonly end: number
}

export interface Reserved {
  readonly ranges: readonly ProtoRange[]
  readonly names: readonly string[]
}

export interface ProtoMessage {
  readonly name: string
  readonly fields: readonly ProtoField[]
  readonly oneofs: readonly ProtoOneof[]
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
  readonly extends: readonly ProtoExtend[]
  readonly extensions: readonly { readonly ranges: readonly ProtoRange[]; readonly options: readonly ProtoOption[] }[]
  readonly reserved: readonly Reserved[]
  readonly options: readonly ProtoOption[]
}

export interface ProtoOneof {
  readonly name: string
  readonly fields: readonly ProtoField[]
  readonly options: readonly ProtoOption[]
}

export interface ProtoEnum {
  readonly name: string
  readonly values: readonly EnumValue[]
  readonly reserved: readonly Reserved[]
  readonly options: readonly ProtoOption[]
}

export interface EnumValue {
  readonly name: string
  readonly number: number
  readonly options: readonly ProtoOption[]
}

export interface ProtoExtend {
  readonly type: string
  readonly fields: readonly ProtoField[]
}

export interface ProtoService {
  readonly name: string
  readonly methods: readonly ProtoMethod[]
  readonly options: readonly ProtoOption[]
}

export interface ProtoMethod {
  readonly name: string
  readonly input: string
  readonly output: string
  readonly streamsInput: boolean
  readonly streamsOutput: boolean
  readonly options: readonly ProtoOption[]
}

export const MAX_FIELD_NUMBER = 536_870_911
export const MAX_INT32 = 2_147_483_647

export const SCALARS: ReadonlySet<string> = new Set(
  'double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes'.split(' '),
)

/** All fields of a message, those of its oneofs too. */
export function allFields(message: ProtoMessage): readonly ProtoField[] {
  return [...message.fields, ...message.oneofs.flatMap(({ fields }) => fields)]
}

export function optionNamed(options: readonly ProtoOption[], name: string): OptionValue | undefined {
  return options.find(
    (option) => option.name.length === 1 && !option.name[0]?.extension && option.name[0]?.name === name,
  )?.value
}
