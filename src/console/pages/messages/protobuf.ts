import protobuf from 'protobufjs'

/**
 * Reads Protobuf by a `.proto` file, as JSON has it: names in camel case, enums by name. protobufjs reads the file; the bytes are read
 * here, because it would make code for that, which pages of the console may not.
 */

const { Enum, MapField, Root, Type, parse } = protobuf
type MessageType = InstanceType<typeof Type>
type MessageField = MessageType['fieldsArray'][number]

class Input {
  at = 0
  readonly bytes: Uint8Array
  readonly view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isOver(): boolean {
    return this.at >= this.bytes.length
  }

  take(length: number): Uint8Array {
    if (length < 0 || this.at + length > this.bytes.length) throw new Error('the bytes end too early')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte = 0] = this.take(1)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new Error('a number has too many bytes')
  }

  size(): number {
    return Number(this.varint())
  }
}

const zigzag = (value: bigint): bigint => (value >> 1n) ^ -(value & 1n)
const short = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value)

type Scalar = (input: Input) => unknown

const SCALARS: Readonly<Record<string, Scalar>> = {
  double: (input) => input.view.getFloat64(fixed(input, 8), true),
  float: (input) => Number(input.view.getFloat32(fixed(input, 4), true).toPrecision(7)),
  int32: (input) => Number(BigInt.asIntN(32, input.varint())),
  uint32: (input) => Number(BigInt.asUintN(32, input.varint())),
  sint32: (input) => Number(BigInt.asIntN(32, zigzag(input.varint()))),
  int64: (input) => short(BigInt.asIntN(64, input.varint())),
  uint64: (input) => short(input.varint()),
  sint64: (input) => short(BigInt.asIntN(64, zigzag(input.varint()))),
  fixed32: (input) => input.view.getUint32(fixed(input, 4), true),
  sfixed32: (input) => input.view.getInt32(fixed(input, 4), true),
  fixed64: (input) => short(input.view.getBigUint64(fixed(input, 8), true)),
  sfixed64: (input) => short(input.view.getBigInt64(fixed(input, 8), true)),
  bool: (input) => input.varint() !== 0n,
  string: (input) => new TextDecoder().decode(input.take(input.size())),
  bytes: (input) => input.take(input.size()),
}

function fixed(input: Input, length: number): number {
  input.take(length)
  return input.at - length
}

const LENGTH_DELIMITED = 2
const MAX_DEPTH = 100
const UNPACKABLE: ReadonlySet<string> = new Set(['string', 'bytes'])

/** References by the path that they are imported by. The bytes begin with which message of the file they are. */
export function protobufReader(
  schema: string,
  references: readonly { readonly name: string; readonly schema: string }[],
): (bytes: Uint8Array) => unknown {
  const root = new Root()
  for (const { schema: text } of references) parse(text, root, { keepCase: false })
  for (const path of importsOf(schema, references)) {
    const known = protobuf.common.get(path)
    if (known !== null) root.addJSON((known as { readonly nested: Parameters<typeof root.addJSON>[0] }).nested)
  }
  const { package: name } = parse(schema, root, { keepCase: false })
  root.resolveAll()
  const space = within(root, name)
  const declared = declaredIn(schema)
  return (bytes) => {
    const input = new Input(bytes)
    const [first = 0, ...others] = indexes(input)
    let found: unknown = space?.get(declared[first] ?? '')
    for (const index of others) found = found instanceof Type ? messagesOf(found)[index] : undefined
    if (!(found instanceof Type)) throw new Error('the schema has no such message')
    return message(found, input, input.bytes.length, 0)
  }
}

function importsOf(schema: string, references: readonly { readonly schema: string }[]): readonly string[] {
  const texts = [schema, ...references.map((reference) => reference.schema)]
  return [
    ...new Set(
      texts.flatMap((text) =>
        [...text.matchAll(/import\s+(?:public\s+|weak\s+)?"([^"]+)"/g)].map(([, path = '']) => path),
      ),
    ),
  ]
}

type Space = Pick<MessageType, 'nestedArray' | 'get'>

function within(root: InstanceType<typeof Root>, name: string | null | undefined): Space | null {
  return name === undefined || name === null ? root : (root.lookup(name) as Space | null)
}

/** In the file's order, which indexes go by. Read by itself: types of the same package may come from imported files. */
function declaredIn(schema: string): readonly string[] {
  const root = new Root()
  const { package: name } = parse(schema, root, { keepCase: false })
  const space = within(root, name)
  return space === null ? [] : messagesOf(space).map((type) => type.name)
}

function messagesOf(space: Pick<Space, 'nestedArray'>): readonly MessageType[] {
  return space.nestedArray.filter((each) => each instanceof Type)
}

/** A count and so many numbers, zigzag; a count of 0 stands for the first message. */
function indexes(input: Input): readonly number[] {
  const count = Number(zigzag(input.varint()))
  if (count < 0 || count > MAX_DEPTH) throw new Error('it does not say which message it is')
  return count === 0 ? [0] : Array.from({ length: count }, () => Number(zigzag(input.varint())))
}

function message(type: MessageType, input: Input, end: number, depth: number): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw new Error('messages lie too deep in each other')
  const found: Record<string, unknown> = {}
  const put = (name: string, value: unknown) =>
    Object.defineProperty(found, name, { value, enumerable: true, configurable: true, writable: true })
  while (input.at < end) {
    const tag = input.size()
    const wire = tag & 7
    if (wire === 4) return found
    const field = type.fieldsById[tag >>> 3]
    if (field === undefined) skip(input, wire, tag >>> 3, depth)
    else if (field instanceof MapField) {
      const [key, value] = entry(field, input, depth)
      put(field.name, { ...(found[field.name] as object | undefined), [String(key)]: value })
    } else if (field.repeated)
      put(field.name, [...((found[field.name] as unknown[] | undefined) ?? []), ...items(field, wire, input, depth)])
    else put(field.name, one(field, wire, input, depth))
  }
  return found
}

function items(field: MessageField, wire: number, input: Input, depth: number): unknown[] {
  const isPacked = wire === LENGTH_DELIMITED && !(field.resolvedType instanceof Type) && !UNPACKABLE.has(field.type)
  if (!isPacked) return [one(field, wire, input, depth)]
  const length = input.size()
  const end = input.at + length
  const found = []
  while (input.at < end) found.push(one(field, 0, input, depth))
  return found
}

function one(field: MessageField, wire: number, input: Input, depth: number): unknown {
  const { resolvedType } = field
  if (resolvedType instanceof Type) {
    if (wire === 3) return message(resolvedType, input, input.bytes.length, depth + 1)
    const length = input.size()
    const end = input.at + length
    if (end > input.bytes.length) throw new Error('the bytes end too early')
    return message(resolvedType, input, end, depth + 1)
  }
  if (resolvedType instanceof Enum) {
    const number = Number(BigInt.asIntN(32, input.varint()))
    return resolvedType.valuesById[number] ?? number
  }
  const read = SCALARS[field.type]
  if (read === undefined) throw new Error(`the schema does not say what ${field.type} is`)
  return read(input)
}

function entry(field: InstanceType<typeof MapField>, input: Input, depth: number): readonly [unknown, unknown] {
  const length = input.size()
  const end = input.at + length
  let key: unknown = ''
  let value: unknown = null
  while (input.at < end) {
    const tag = input.size()
    if (tag >>> 3 === 1) key = SCALARS[field.keyType]?.(input)
    else if (tag >>> 3 === 2) value = one(field as unknown as MessageField, tag & 7, input, depth)
    else skip(input, tag & 7, 0, depth)
  }
  return [key, value]
}

function skip(input: Input, wire: number, id: number, depth: number): void {
  if (depth > MAX_DEPTH) throw new Error('messages lie too deep in each other')
  if (wire === 0) input.varint()
  else if (wire === 1) input.take(8)
  else if (wire === 2) input.take(input.size())
  else if (wire === 5) input.take(4)
  else if (wire === 3) {
    for (let tag = input.size(); (tag & 7) !== 4; tag = input.size()) skip(input, tag & 7, tag >>> 3, depth + 1)
  } else throw new Error(`field ${id} is of no known form`)
}
