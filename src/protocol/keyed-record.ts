import { ByteReader, ByteWriter } from '../base/bytes.ts'
import type { Infer, Input, Message } from './schema.ts'

type AnyMessage = Message<unknown, unknown>

/** A kind of record in a coordinator's log. `id` stands before the key, the version of the value before the value. */
export interface RecordKind<K extends AnyMessage = AnyMessage, V extends AnyMessage = AnyMessage> {
  readonly id: number
  readonly key: K
  readonly value: V
}

export interface KeyAndValue {
  readonly key: Buffer
  /** null: a tombstone. */
  readonly value: Buffer | null
}

/** No kind of key has had a second version: a kind that is another one gets another id. */
const KEY_VERSION = 0
const FIRST_VERSION = 0

export function encodeKeyed<K extends AnyMessage, V extends AnyMessage>(
  kind: RecordKind<K, V>,
  key: Input<K>,
  value: Input<V> | null,
  valueVersion: number = FIRST_VERSION,
): KeyAndValue {
  return {
    key: prefixed(kind.id, kind.key, key, KEY_VERSION),
    value: value === null ? null : prefixed(valueVersion, kind.value, value, valueVersion),
  }
}

function prefixed(prefix: number, message: AnyMessage, data: unknown, version: number): Buffer {
  const writer = new ByteWriter()
  writer.int16(prefix)
  message.encode(writer, data, version)
  return writer.toBuffer()
}

/** `key` stands behind the id. What a value has of bytes shares memory with `value`. */
export function decodeKeyed<K extends AnyMessage, V extends AnyMessage>(
  kind: RecordKind<K, V>,
  key: ByteReader,
  value: Buffer | null,
): { readonly key: Infer<K>; readonly value: Infer<V> | null } {
  return {
    key: kind.key.decode(key, KEY_VERSION) as Infer<K>,
    value: value && (decodeVersioned(kind.value, value) as Infer<V>),
  }
}

function decodeVersioned(message: AnyMessage, bytes: Buffer): unknown {
  const reader = new ByteReader(bytes)
  return message.decode(reader, reader.int16())
}

/** What records are about → how they are stored. */
export type RecordKinds = { readonly [about: string]: RecordKind }

/** One of the records of a table: its type and what it is about, the fields of its key, its value (null: a tombstone). */
export type KeyedRecord<T extends string, Kinds extends RecordKinds> = {
  [A in keyof Kinds]: {
    readonly type: T
    readonly about: A
    readonly value: Infer<Kinds[A]['value']> | null
  } & Readonly<Infer<Kinds[A]['key']>>
}[keyof Kinds]

export interface RecordCodec<R> {
  encode(record: R): KeyAndValue
  /** undefined: it is of none of these kinds. */
  decode(id: number, key: ByteReader, value: Buffer | null): R | undefined
}

/** The codec of records that are all written in the first version. */
export function recordCodec<const T extends string, Kinds extends RecordKinds>(
  type: T,
  kinds: Kinds,
): RecordCodec<KeyedRecord<T, Kinds>> {
  const byId = new Map(Object.entries(kinds).map(([about, kind]) => [kind.id, { about, kind }]))
  return {
    encode: (record) => encodeKeyed(kinds[record.about] as RecordKind, record, record.value),
    decode: (id, key, value) => {
      const found = byId.get(id)
      if (found === undefined) return undefined
      const decoded = decodeKeyed(found.kind, key, value)
      return { type, about: found.about, ...(decoded.key as object), value: decoded.value } as KeyedRecord<T, Kinds>
    },
  }
}
