import { type ByteReader, ByteWriter, isLate, type Piece } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import type { FieldType, NamedField, PrimitiveKind, Range } from './schema.ts'

/**
 * Turns the fields of a message into straight-line JavaScript for one version, so that a decoder makes one object literal
 * per struct and an encoder has no branches on the schema.
 */

export type Decode<Out> = (reader: ByteReader) => Out
export type Encode<In> = (writer: ByteWriter, value: In) => void

const within = (version: number, versions: Range): boolean => version >= versions.min && version <= versions.max

const FIXED_SIZE: { readonly [K in PrimitiveKind]?: number } = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  bigint64: 8,
  float64: 8,
  uuid: 16,
}

/** The longest string that Kafka reads. */
const MAX_STRING = 0x7fff

/** What the compiled code calls; lengths come from outside and are checked here before anything is allocated. */
const helpers = {
  fail(what: string): never {
    throw new ProtocolError(what)
  },
  compactLength(reader: ByteReader): number {
    return reader.uvarint() - 1
  },
  string(reader: ByteReader, length: number): string {
    if (length < 0) throw new ProtocolError('null for a string that must not be null')
    if (length > MAX_STRING) throw new ProtocolError(`string of ${length} bytes`)
    return reader.utf8(length)
  },
  bytes(reader: ByteReader, length: number): Buffer {
    if (length < 0) throw new ProtocolError('null for bytes that must not be null')
    return reader.bytes(length)
  },
  count(reader: ByteReader, length: number, minimum: number): number {
    if (length < 0) throw new ProtocolError('null for an array that must not be null')
    if (length * minimum > reader.remaining) {
      throw new ProtocolError(`array of ${length} elements in ${reader.remaining} bytes`)
    }
    return length
  },
  skipTags(reader: ByteReader): void {
    for (let count = reader.uvarint(); count > 0; count--) {
      reader.uvarint()
      reader.take(reader.uvarint())
    }
  },
  writeString(writer: ByteWriter, value: string, compact: boolean): void {
    const length = Buffer.byteLength(value)
    if (length > MAX_STRING) throw new RangeError(`a string of ${length} bytes cannot be sent`)
    if (compact) writer.uvarint(length + 1)
    else writer.int16(length)
    writer.utf8(value, length)
  },
  writeRecords(writer: ByteWriter, value: Buffer | readonly Piece[], compact: boolean): void {
    const pieces: readonly Piece[] = Buffer.isBuffer(value) ? [value] : value
    let length = 0
    for (const piece of pieces) length += piece.length
    if (compact) writer.uvarint(length + 1)
    else writer.int32(length)
    for (const piece of pieces) {
      if (isLate(piece)) writer.late(piece)
      else writer.bytes(piece)
    }
  },
  newWriter(): ByteWriter {
    return new ByteWriter()
  },
  linkAll(writer: ByteWriter, from: ByteWriter): void {
    writer.uvarint(from.length)
    for (const chunk of from.chunks()) writer.bytes(chunk)
  },
}

export class Codecs {
  readonly #fields: readonly NamedField[]
  readonly #flexible: Range
  readonly #decoders = new Map<number, Decode<unknown>>()
  readonly #encoders = new Map<number, Encode<unknown>>()

  constructor(fields: readonly NamedField[], flexible: Range) {
    this.#fields = fields
    this.#flexible = flexible
  }

  decoder(version: number): Decode<unknown> {
    let decode = this.#decoders.get(version)
    if (!decode) {
      decode = new DecoderSource(version, within(version, this.#flexible)).compile(this.#fields)
      this.#decoders.set(version, decode)
    }
    return decode
  }

  encoder(version: number): Encode<unknown> {
    let encode = this.#encoders.get(version)
    if (!encode) {
      encode = new EncoderSource(version, within(version, this.#flexible)).compile(this.#fields)
      this.#encoders.set(version, encode)
    }
    return encode
  }
}

class Source {
  readonly version: number
  readonly flexible: boolean
  readonly functions: string[] = []
  readonly constants: unknown[] = []

  constructor(version: number, flexible: boolean) {
    this.version = version
    this.flexible = flexible
  }

  /** A name for a value inside the compiled code. */
  constant(value: unknown): string {
    if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
    if (typeof value === 'string') return JSON.stringify(value)
    return `c[${this.constants.push(value) - 1}]`
  }

  present(fields: readonly NamedField[]): NamedField[] {
    return fields.filter((f) => within(this.version, f.versions) && !this.isTagged(f))
  }

  taggedFields(fields: readonly NamedField[]): NamedField[] {
    return fields.filter((f) => within(this.version, f.versions) && this.isTagged(f)).sort((a, b) => a.tag - b.tag)
  }

  isTagged(field: NamedField): boolean {
    return within(this.version, field.tagged)
  }

  isNullable(field: NamedField): boolean {
    return within(this.version, field.nullable)
  }

  build(body: string): unknown {
    return new Function('h', 'c', `'use strict'\n${this.functions.join('\n')}\n${body}`)(helpers, this.constants)
  }

  /** What a field that is not there becomes; arrays and structs are made anew each time, so that nobody shares them. */
  defaultOf(field: NamedField): string {
    if (field.default === null) return 'null'
    if (field.type.kind === 'array') return '[]'
    if (field.type.kind === 'struct') return this.defaultStruct(field.type.fields)
    return this.constant(field.default)
  }

  defaultStruct(fields: readonly NamedField[]): string {
    return `{${fields.map((f) => `${f.name}: ${this.defaultOf(f)}`).join(', ')}}`
  }
}

class DecoderSource extends Source {
  compile(fields: readonly NamedField[]): Decode<unknown> {
    return this.build(`return ${this.#struct(fields)}`) as Decode<unknown>
  }

  /** Adds a function that reads a struct; gives its name. */
  #struct(fields: readonly NamedField[]): string {
    const lines: string[] = []
    const names = new Map<NamedField, string>()
    for (const field of fields) names.set(field, `v${names.size}`)
    for (const [field, name] of names) lines.push(`let ${name}${this.#initial(field)}`)
    for (const field of this.present(fields)) lines.push(this.#read(field, names.get(field) as string))
    if (this.flexible) lines.push(this.#tags(fields, names))
    const literal = [...names].map(([field, name]) => `${field.name}: ${name}`).join(', ')
    const index = this.functions.length
    this.functions.push(`function s${index}(r) {\n${lines.join('\n')}\nreturn {${literal}}\n}`)
    return `s${index}`
  }

  #initial(field: NamedField): string {
    const always = within(this.version, field.versions) && !this.isTagged(field)
    return always ? '' : ` = ${this.defaultOf(field)}`
  }

  #tags(fields: readonly NamedField[], names: ReadonlyMap<NamedField, string>): string {
    const known = this.taggedFields(fields)
    if (known.length === 0) return 'h.skipTags(r)'
    const cases = known.map((f) => `case ${f.tag}: { ${this.#readTagged(f, names.get(f) as string)} break }`)
    return `for (let n = r.uvarint(); n > 0; n--) {
const tag = r.uvarint(), size = r.uvarint(), from = r.offset
if (size > r.remaining) h.fail('tagged field longer than the message')
switch (tag) {
${cases.join('\n')}
default: r.take(size)
}
if (r.offset !== from + size) h.fail('tagged field of a wrong size')
}`
  }

  /** Inside a tag, Kafka marks a nullable struct by an unsigned 0 or 1, elsewhere by −1 or 1. */
  #readTagged(field: NamedField, name: string): string {
    if (field.type.kind !== 'struct' || !this.isNullable(field)) return this.#read(field, name)
    return `if (r.uvarint() === 0) ${name} = null; else ${name} = ${this.#struct(field.type.fields)}(r);`
  }

  #read(field: NamedField, name: string): string {
    return this.#value(field.type, name, this.isNullable(field), this.flexible && !field.neverCompact)
  }

  #value(type: FieldType, name: string, nullable: boolean, compact: boolean): string {
    switch (type.kind) {
      case 'string':
        return this.#lengthed(compact ? 'h.compactLength(r)' : 'r.int16()', name, nullable, 'h.string(r, n)')
      case 'bytes':
        return this.#lengthed(compact ? 'h.compactLength(r)' : 'r.int32()', name, nullable, 'h.bytes(r, n)')
      case 'records':
        return this.#lengthed(compact ? 'h.compactLength(r)' : 'r.int32()', name, true, 'h.bytes(r, n)')
      case 'array':
        return this.#array(type.element, name, nullable, compact)
      case 'struct': {
        const read = `${name} = ${this.#struct(type.fields)}(r)`
        return nullable ? `if (r.int8() < 0) ${name} = null; else ${read};` : `${read};`
      }
      default:
        return `${name} = r.${type.kind}();`
    }
  }

  #lengthed(length: string, name: string, nullable: boolean, read: string): string {
    const orNull = nullable ? 'n < 0 ? null : ' : ''
    return `{ const n = ${length}; ${name} = ${orNull}${read}; }`
  }

  #array(element: FieldType, name: string, nullable: boolean, compact: boolean): string {
    const length = compact ? 'h.compactLength(r)' : 'r.int32()'
    const minimum = this.#minimumSize(element)
    const readOne = this.#value(element, 'e', false, compact)
    const fill = `h.count(r, n, ${minimum}); const a = []; for (let i = 0; i < n; i++) { let e; ${readOne} a.push(e); } ${name} = a;`
    return nullable
      ? `{ const n = ${length}; if (n < 0) ${name} = null; else { ${fill} } }`
      : `{ const n = ${length}; ${fill} }`
  }

  /** The fewest bytes that an element can take, at least 1: bounds an array's length by what is left to read. */
  #minimumSize(type: FieldType): number {
    switch (type.kind) {
      case 'struct': {
        let size = this.flexible ? 1 : 0
        for (const f of this.present(type.fields)) size += this.#minimumSizeOfField(f)
        return Math.max(1, size)
      }
      case 'array':
      case 'bytes':
      case 'records':
        return this.flexible ? 1 : 4
      case 'string':
        return this.flexible ? 1 : 2
      default:
        return FIXED_SIZE[type.kind] ?? 1
    }
  }

  #minimumSizeOfField(field: NamedField): number {
    return this.isNullable(field) && field.type.kind === 'struct' ? 1 : this.#minimumSize(field.type)
  }
}

class EncoderSource extends Source {
  compile(fields: readonly NamedField[]): Encode<unknown> {
    return this.build(`return ${this.#struct(fields)}`) as Encode<unknown>
  }

  #struct(fields: readonly NamedField[]): string {
    const lines = this.present(fields).map((f) => this.#write(f, `m.${f.name}`))
    if (this.flexible) lines.push(this.#tags(fields))
    const index = this.functions.length
    this.functions.push(`function s${index}(w, m) {\n${lines.join('\n')}\n}`)
    return `s${index}`
  }

  #write(field: NamedField, from: string): string {
    const compact = this.flexible && !field.neverCompact
    const body = this.#value(field.type, 'v', this.isNullable(field), compact, field.name)
    return `{ let v = ${from}; if (v === undefined) v = ${this.defaultOf(field)}; ${body} }`
  }

  #tags(fields: readonly NamedField[]): string {
    const known = this.taggedFields(fields)
    if (known.length === 0) return 'w.int8(0)'
    const present = known.map((f) => `const t${f.tag} = ${this.#isSet(f, `m.${f.name}`)};`)
    const count = known.map((f) => `(t${f.tag} ? 1 : 0)`).join(' + ')
    const writes = known.map((f) => {
      const body = this.#taggedValue(f)
      return `if (t${f.tag}) { const o = w; { const v = m.${f.name}; const w = h.newWriter(); ${body}; o.uvarint(${f.tag}); h.linkAll(o, w); } }`
    })
    return `${present.join('\n')}\nw.uvarint(${count});\n${writes.join('\n')}`
  }

  #taggedValue(field: NamedField): string {
    if (field.type.kind !== 'struct' || !this.isNullable(field)) {
      return this.#value(field.type, 'v', this.isNullable(field), !field.neverCompact, field.name)
    }
    return `if (v === null) w.uvarint(0); else { w.uvarint(1); ${this.#struct(field.type.fields)}(w, v); }`
  }

  /** A condition: the field has a value that is not its default. */
  #isSet(field: NamedField, value: string): string {
    if (field.default === null) return `${value} !== undefined && ${value} !== null`
    switch (field.type.kind) {
      case 'array':
      case 'bytes':
        return `${value} !== undefined && (${value} === null || ${value}.length > 0)`
      case 'struct': {
        const inner = field.type.fields.filter((f) => within(this.version, f.versions))
        const conditions = inner.map((f) => `(${this.#isSet(f, `${value}.${f.name}`)})`).join(' || ')
        return `${value} !== undefined && (${value} === null || ${conditions || 'false'})`
      }
      default:
        return `${value} !== undefined && ${value} !== ${this.constant(field.default)}`
    }
  }

  #value(type: FieldType, name: string, nullable: boolean, compact: boolean, label: string): string {
    const write = this.#present(type, name, compact, label)
    const isNull = nullable || type.kind === 'records' ? this.#null(type, compact) : ''
    if (isNull === '') {
      return type.kind in FIXED_SIZE
        ? write
        : `if (${name} === null) h.fail(${JSON.stringify(`${label} is null`)}); ${write}`
    }
    const marker = nullable && type.kind === 'struct' ? 'w.int8(1); ' : ''
    return `if (${name} === null) { ${isNull} } else { ${marker}${write} }`
  }

  #null(type: FieldType, compact: boolean): string {
    if (type.kind === 'struct') return 'w.int8(-1);'
    if (compact) return 'w.uvarint(0);'
    return type.kind === 'string' ? 'w.int16(-1);' : 'w.int32(-1);'
  }

  #present(type: FieldType, name: string, compact: boolean, label: string): string {
    switch (type.kind) {
      case 'string':
        return `h.writeString(w, ${name}, ${compact});`
      case 'bytes':
        return compact
          ? `w.uvarint(${name}.length + 1); w.bytes(${name});`
          : `w.int32(${name}.length); w.bytes(${name});`
      case 'records':
        return `h.writeRecords(w, ${name}, ${compact});`
      case 'array': {
        const length = compact ? `w.uvarint(${name}.length + 1);` : `w.int32(${name}.length);`
        const one = this.#value(type.element, 'e', false, compact, label)
        return `${length} for (let i = 0; i < ${name}.length; i++) { const e = ${name}[i]; ${one} }`
      }
      case 'struct':
        return `${this.#struct(type.fields)}(w, ${name});`
      default:
        return `w.${type.kind}(${name});`
    }
  }
}
