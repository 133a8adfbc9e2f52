import { ByteReader, ByteWriter, type Piece } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import type { Uuid } from '../base/ids.ts'
import { Codecs, type Decode, type Encode } from './compile.ts'

/**
 * The language in which every message is declared once, for all of its versions:
 *
 *     export const Heartbeat = message('HeartbeatRequest', { versions: '0-4', flexible: '4+' }, {
 *       groupId: string(),
 *       generationId: int32(),
 *       groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
 *     })
 *
 * A field without `versions` is in all versions. A field that a version lacks decodes to its default and is not written.
 * `Infer` is the type that decoding gives; `Input` the type that encoding takes, where fields that have a default, a tag
 * or their own versions may be left out.
 */

export interface Range {
  readonly min: number
  readonly max: number
}

const NONE: Range = { min: 1, max: 0 }
const ALL: Range = { min: 0, max: 0x7fff }

/** `3-7`, `3+`, `3` or `none`. */
export function range(text: string): Range {
  if (text === 'none') return NONE
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text)
  if (!match) throw new Error(`not a version range: ${text}`)
  const min = Number(match[1])
  if (match[2]) return { min, max: ALL.max }
  return { min, max: match[3] === undefined ? min : Number(match[3]) }
}

export function within(version: number, versions: Range): boolean {
  return version >= versions.min && version <= versions.max
}

export type PrimitiveKind =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'bigint64'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records'

export type FieldType =
  | { readonly kind: PrimitiveKind }
  | { readonly kind: 'array'; readonly element: FieldType }
  | { readonly kind: 'struct'; readonly fields: readonly NamedField[] }

export interface NamedField {
  readonly name: string
  readonly type: FieldType
  readonly versions: Range
  readonly nullable: Range
  readonly tagged: Range
  readonly tag: number
  readonly default: unknown
  /** The length of a string stays an int16 in flexible versions (the client id of the request header). */
  readonly neverCompact: boolean
}

declare const decoded: unique symbol
declare const input: unique symbol

export interface Field<Out, In, Optional extends boolean> {
  readonly field: Omit<NamedField, 'name'>
  readonly optional: Optional
  readonly [decoded]?: Out
  readonly [input]?: In
}

export interface Options<D> {
  readonly versions?: string
  readonly nullable?: string
  readonly default?: D
  readonly tag?: number
  readonly tagged?: string
  readonly neverCompact?: boolean
}

type IsOptional<O> = O extends { readonly default: unknown } | { readonly tag: number } | { readonly versions: string }
  ? true
  : false
type OrNull<T, O> = O extends { readonly nullable: string } ? T | null : T

export type FieldMap = { readonly [name: string]: Field<unknown, unknown, boolean> }
export type Infer<S> = S extends { readonly [decoded]?: infer Out } ? Exclude<Out, undefined> : never
export type Input<S> = S extends { readonly [input]?: infer In } ? Exclude<In, undefined> : never
type OutOf<F> = F extends Field<infer Out, unknown, boolean> ? Out : never
type InOf<F> = F extends Field<unknown, infer In, boolean> ? In : never
type StructOut<M extends FieldMap> = { -readonly [N in keyof M]: OutOf<M[N]> }
type RequiredNames<M extends FieldMap> = {
  [N in keyof M]: M[N] extends Field<unknown, unknown, true> ? never : N
}[keyof M]
type StructIn<M extends FieldMap> = { readonly [N in RequiredNames<M>]: InOf<M[N]> } & {
  readonly [N in Exclude<keyof M, RequiredNames<M>>]?: InOf<M[N]> | undefined
}

function makeField(type: FieldType, options: Options<unknown> | undefined, zero: unknown): Omit<NamedField, 'name'> {
  return {
    type,
    versions: options?.versions === undefined ? ALL : range(options.versions),
    nullable: options?.nullable === undefined ? NONE : range(options.nullable),
    tagged: options?.tagged === undefined ? NONE : range(options.tagged),
    tag: options?.tag ?? -1,
    default: options !== undefined && 'default' in options ? options.default : zero,
    neverCompact: options?.neverCompact ?? false,
  }
}

function scalar<T>(kind: PrimitiveKind, zero: T) {
  return <const O extends Options<T | null>>(options?: O): Field<OrNull<T, O>, OrNull<T, O>, IsOptional<O>> =>
    ({ field: makeField({ kind }, options, zero), optional: false }) as unknown as Field<
      OrNull<T, O>,
      OrNull<T, O>,
      IsOptional<O>
    >
}

const EMPTY = Buffer.alloc(0)
const ZERO = 'AAAAAAAAAAAAAAAAAAAAAA' as Uuid

export const bool = scalar<boolean>('bool', false)
export const int8 = scalar<number>('int8', 0)
export const int16 = scalar<number>('int16', 0)
export const uint16 = scalar<number>('uint16', 0)
export const int32 = scalar<number>('int32', 0)
export const uint32 = scalar<number>('uint32', 0)
export const int64 = scalar<number>('int64', 0)
/** 64 bits of which each counts, as a hash: a bigint. */
export const bigint64 = scalar<bigint>('bigint64', 0n)
export const float64 = scalar<number>('float64', 0)
export const string = scalar<string>('string', '')
export const uuid = scalar<Uuid>('uuid', ZERO)
export const bytes = scalar<Buffer>('bytes', EMPTY)

/** Record batches: read as a slice of the request, written as the pieces that they are in, without a copy. */
export function records<const O extends Options<null>>(
  options?: O,
): Field<Buffer | null, Buffer | readonly Piece[] | null, IsOptional<O>> {
  return { field: makeField({ kind: 'records' }, options, null), optional: false } as unknown as Field<
    Buffer | null,
    Buffer | readonly Piece[] | null,
    IsOptional<O>
  >
}

function namedFields(map: FieldMap): NamedField[] {
  return Object.entries(map).map(([name, { field }]) => ({ name, ...field }))
}

/** Fields of their own inside a message; `struct` alone is for shapes that several places share. */
export function struct<M extends FieldMap, const O extends Options<null>>(
  map: M,
  options?: O,
): Field<OrNull<StructOut<M>, O>, OrNull<StructIn<M>, O>, IsOptional<O>> {
  const type: FieldType = { kind: 'struct', fields: namedFields(map) }
  return { field: makeField(type, options, undefined), optional: false } as unknown as Field<
    OrNull<StructOut<M>, O>,
    OrNull<StructIn<M>, O>,
    IsOptional<O>
  >
}

export function array<Out, In, const O extends Options<null>>(
  element: Field<Out, In, boolean>,
  options?: O,
): Field<OrNull<Out[], O>, OrNull<readonly In[], O>, IsOptional<O>> {
  const type: FieldType = { kind: 'array', element: element.field.type }
  return { field: makeField(type, options, []), optional: false } as unknown as Field<
    OrNull<Out[], O>,
    OrNull<readonly In[], O>,
    IsOptional<O>
  >
}

/** A message and its codecs, compiled for a version when that version is first used. */
export class Message<Out, In> {
  readonly name: string
  readonly versions: Range
  readonly flexible: Range
  readonly fields: readonly NamedField[]
  declare readonly [decoded]?: Out
  declare readonly [input]?: In
  readonly #codecs: Codecs

  constructor(name: string, versions: Range, flexible: Range, fields: readonly NamedField[]) {
    this.name = name
    this.versions = versions
    this.flexible = flexible
    this.fields = fields
    this.#codecs = new Codecs(fields, flexible)
  }

  supports(version: number): boolean {
    return within(version, this.versions)
  }

  isFlexible(version: number): boolean {
    return within(version, this.flexible)
  }

  /** @throws ProtocolError where the bytes are not this message at this version */
  decode(reader: ByteReader, version: number): Out {
    this.#check(version)
    return (this.#codecs.decoder(version) as Decode<Out>)(reader)
  }

  encode(writer: ByteWriter, value: In, version: number): void {
    this.#check(version)
    ;(this.#codecs.encoder(version) as Encode<In>)(writer, value)
  }

  toBuffer(value: In, version: number): Buffer {
    const writer = new ByteWriter()
    this.encode(writer, value, version)
    return writer.toBuffer()
  }

  fromBuffer(buffer: Buffer, version: number): Out {
    return this.decode(new ByteReader(buffer), version)
  }

  #check(version: number): void {
    if (!this.supports(version)) throw new ProtocolError(`${this.name} has no version ${version}`)
  }
}

export function message<M extends FieldMap>(
  name: string,
  options: { readonly versions: string; readonly flexible: string },
  map: M,
): Message<StructOut<M>, StructIn<M>> {
  return new Message(name, range(options.versions), range(options.flexible), namedFields(map))
}
