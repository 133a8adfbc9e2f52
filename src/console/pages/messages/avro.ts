/** Reads Avro's binary form by the schema that it was written with. Nothing is compiled: pages of the console may not make code. */

type Reader = (input: Input) => unknown

class Input {
  at = 0
  readonly bytes: Uint8Array
  readonly view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  take(length: number): Uint8Array {
    if (length < 0 || this.at + length > this.bytes.length) throw new Error('the bytes end too early')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  /** Zigzag, of up to 64 bits; as a number where it is exact. */
  long(): number | bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte = 0] = this.take(1)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) {
        const signed = BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
        return signed >= -9007199254740991n && signed <= 9007199254740991n ? Number(signed) : signed
      }
    }
    throw new Error('a number has too many bytes')
  }

  size(): number {
    const value = Number(this.long())
    if (value < 0 || value > this.bytes.length - this.at) throw new Error(`a length of ${value} is more than there is`)
    return value
  }
}

type Json = Readonly<Record<string, unknown>>

const PRIMITIVES: Readonly<Record<string, Reader>> = {
  null: () => null,
  boolean: (input) => input.take(1)[0] === 1,
  int: (input) => input.long(),
  long: (input) => input.long(),
  float: (input) => {
    input.take(4)
    return Number(input.view.getFloat32(input.at - 4, true).toPrecision(7))
  },
  double: (input) => {
    input.take(8)
    return input.view.getFloat64(input.at - 8, true)
  },
  bytes: (input) => input.take(input.size()),
  string: (input) => new TextDecoder().decode(input.take(input.size())),
}

/** `refer` has what other schemas define. */
export function avroReader(schema: string, references: readonly string[] = []): (bytes: Uint8Array) => unknown {
  const named = new Map<string, Reader>()
  for (const text of references) readerOf(JSON.parse(text), '', named)
  const read = readerOf(JSON.parse(schema), '', named)
  return (bytes) => {
    const input = new Input(bytes)
    const value = read(input)
    if (input.at !== bytes.length) throw new Error(`${bytes.length - input.at} bytes are left over`)
    return value
  }
}

function readerOf(schema: unknown, space: string, named: Map<string, Reader>): Reader {
  if (typeof schema === 'string') return referred(schema, space, named)
  if (Array.isArray(schema)) return unionReader(schema, space, named)
  if (typeof schema !== 'object' || schema === null) throw new Error('the schema is no schema')
  const { type, logicalType } = schema as { readonly type?: unknown; readonly logicalType?: unknown }
  const read =
    typeof type === 'string' ? complexReader(type, schema as Json, space, named) : readerOf(type, space, named)
  return logical(String(logicalType), schema as Json, read)
}

function referred(name: string, space: string, named: Map<string, Reader>): Reader {
  const primitive = PRIMITIVES[name]
  if (primitive !== undefined) return primitive
  const full = name.includes('.') || space === '' ? name : `${space}.${name}`
  // Looked up when it is read, because a type may hold itself.
  return (input) => {
    const read = named.get(full) ?? named.get(name)
    if (read === undefined) throw new Error(`the schema does not say what ${name} is`)
    return read(input)
  }
}

function unionReader(branches: readonly unknown[], space: string, named: Map<string, Reader>): Reader {
  const readers = branches.map((branch) => readerOf(branch, space, named))
  return (input) => {
    const read = readers[Number(input.long())]
    if (read === undefined) throw new Error('a union has no such branch')
    return read(input)
  }
}

function complexReader(type: string, schema: Json, space: string, named: Map<string, Reader>): Reader {
  if (type === 'array')
    return blocks(
      (input, item, found: unknown[]) => found.push(item(input)),
      readerOf(schema.items, space, named),
      () => [],
    )
  if (type === 'map') {
    const put = (input: Input, item: Reader, found: Record<string, unknown>) => {
      const key = new TextDecoder().decode(input.take(input.size()))
      Object.defineProperty(found, key, { value: item(input), enumerable: true, configurable: true })
    }
    return blocks(put, readerOf(schema.values, space, named), () => ({}))
  }
  if (type === 'record' || type === 'error' || type === 'enum' || type === 'fixed')
    return namedReader(type, schema, space, named)
  return referred(type, space, named)
}

function namedReader(type: string, schema: Json, outer: string, named: Map<string, Reader>): Reader {
  const name = String(schema.name)
  const space = name.includes('.')
    ? name.slice(0, name.lastIndexOf('.'))
    : typeof schema.namespace === 'string'
      ? schema.namespace
      : outer
  const full = name.includes('.') || space === '' ? name : `${space}.${name}`
  const read = bodyReader(type, schema, space, named)
  named.set(full, read)
  return read
}

function bodyReader(type: string, schema: Json, space: string, named: Map<string, Reader>): Reader {
  if (type === 'fixed') return (input) => input.take(Number(schema.size))
  if (type === 'enum') {
    const symbols = schema.symbols as readonly string[]
    return (input) => symbols[Number(input.long())] ?? null
  }
  const fields = (schema.fields as readonly { readonly name: string; readonly type: unknown }[]).map((field) => {
    return { name: field.name, read: readerOf(field.type, space, named) }
  })
  return (input) => Object.fromEntries(fields.map(({ name, read }) => [name, read(input)]))
}

/** Arrays and maps come in blocks; a negative count is followed by the block's size. */
function blocks<T>(put: (input: Input, item: Reader, found: T) => unknown, item: Reader, make: () => T): Reader {
  return (input) => {
    const found = make()
    for (let count = Number(input.long()); count !== 0; count = Number(input.long())) {
      if (count < 0) input.long()
      if (Math.abs(count) > MOST_ITEMS) throw new Error('a block has too many items')
      for (let left = Math.abs(count); left > 0; left -= 1) put(input, item, found)
    }
    return found
  }
}

/** Items may be of no size at all, so their number is not bounded by the bytes. */
const MOST_ITEMS = 1_000_000
const DAY_MS = 86_400_000

/** What the numbers mean, where the schema says so. */
function logical(name: string, schema: Json, read: Reader): Reader {
  const shown = LOGICAL[name]
  if (shown === undefined) return read
  return (input) => shown(read(input), schema)
}

const instant = (perMs: number) => (value: unknown) => {
  const at = new Date(Number(value) / perMs)
  return Number.isNaN(at.getTime()) ? value : at.toISOString()
}

const LOGICAL: Readonly<Record<string, (value: unknown, schema: Json) => unknown>> = {
  date: (value) => {
    const at = new Date(Number(value) * DAY_MS)
    return Number.isNaN(at.getTime()) ? value : at.toISOString().slice(0, 10)
  },
  'timestamp-millis': instant(1),
  'timestamp-micros': instant(1000),
  decimal: (value, { scale = 0 }) => (value instanceof Uint8Array ? decimal(value, Number(scale)) : value),
}

function decimal(bytes: Uint8Array, scale: number): string {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  const signed = BigInt.asIntN(bytes.length * 8, value)
  const digits = (signed < 0n ? -signed : signed).toString().padStart(scale + 1, '0')
  const text = scale > 0 ? `${digits.slice(0, -scale)}.${digits.slice(-scale)}` : digits
  return signed < 0n ? `-${text}` : text
}
