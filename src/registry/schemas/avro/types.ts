import type { JsonObject, JsonTree } from '../json-tree.ts'

export const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const
export type PrimitiveKind = (typeof PRIMITIVES)[number]

/** A logical type that fits what it is written on; one that does not is only a property. */
export interface LogicalType {
  readonly name: string
  readonly precision?: number
  readonly scale?: number
}

export interface AvroName {
  readonly simple: string
  readonly space: string | undefined
  readonly full: string
}

interface Annotated {
  /** What the specification does not name, in the order of the text. */
  readonly props: JsonObject
  readonly logical: LogicalType | undefined
}

interface Named extends Annotated {
  readonly name: AvroName
  readonly doc: string | undefined
  readonly aliases: readonly AvroName[]
}

export interface PrimitiveType extends Annotated {
  readonly kind: PrimitiveKind
}

export interface ArrayType extends Annotated {
  readonly kind: 'array'
  items: AvroType
}

export interface MapType extends Annotated {
  readonly kind: 'map'
  values: AvroType
}

export interface UnionType {
  readonly kind: 'union'
  readonly branches: AvroType[]
}

export interface FixedType extends Named {
  readonly kind: 'fixed'
  readonly size: number
}

export interface EnumType extends Named {
  readonly kind: 'enum'
  readonly symbols: readonly string[]
  readonly defaultSymbol: string | undefined
}

export interface AvroField {
  readonly name: string
  type: AvroType
  readonly doc: string | undefined
  /** `undefined` where there is none; JSON's null is a default. */
  readonly defaultValue: JsonTree | undefined
  readonly order: 'ascending' | 'descending' | 'ignore'
  readonly aliases: readonly string[]
  readonly props: JsonObject
}

export interface RecordType extends Named {
  readonly kind: 'record'
  readonly isError: boolean
  fields: readonly AvroField[]
}

export type NamedType = RecordType | EnumType | FixedType
/** Every mention of an unnamed type is an object of its own; a named type is one object. Recursive types are cycles. */
export type AvroType = PrimitiveType | ArrayType | MapType | UnionType | NamedType

export function isNamed(type: AvroType): type is NamedType {
  return type.kind === 'record' || type.kind === 'enum' || type.kind === 'fixed'
}

export function isPrimitive(type: AvroType): type is PrimitiveType {
  return (PRIMITIVES as readonly string[]).includes(type.kind)
}

/** What the JSON encoding calls a branch of a union. */
export function branchName(type: AvroType): string {
  return isNamed(type) ? type.name.full : type.kind
}
