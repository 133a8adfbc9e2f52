import { isObject, JsonNumber, type JsonTree, writeJson } from '../json-tree.ts'
import { UnwritableData } from '../schema-type.ts'
import { type AvroType, branchName, type RecordType, type UnionType } from './types.ts'

const INT_BITS = 31n
const LONG_BITS = 63n

/** Steps of trying out which branches of unions take bare values: those may have unions in them with bare values. */
const MAX_TRIALS = 200_000

class TooComplex extends UnwritableData {}

/** Writes JSON as one value of Avro's binary encoding. */
export class AvroEncoder {
  readonly #parts: Buffer[] = []
  readonly #isTrial: boolean
  readonly #trials: { left: number }

  constructor(trials?: { left: number }) {
    this.#isTrial = trials !== undefined
    this.#trials = trials ?? { left: MAX_TRIALS }
  }

  whole(type: AvroType, value: JsonTree): Buffer {
    this.#value(type, value, '')
    return Buffer.concat(this.#parts)
  }

  #long(value: bigint): void {
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
    bytes.push(Number(rest))
    this.#parts.push(Buffer.from(bytes))
  }

  #sized(bytes: Buffer): void {
    this.#long(BigInt(bytes.length))
    this.#parts.push(bytes)
  }

  #value(type: AvroType, value: JsonTree, path: string): void {
    if (this.#isTrial) this.#trials.left -= 1
    if (this.#trials.left < 0) throw new TooComplex('The value is too complex to write: name the branches of unions')
    switch (type.kind) {
      case 'null':
        if (value !== null) throw unfit(type, value, path)
        return
      case 'boolean':
        if (typeof value !== 'boolean') throw unfit(type, value, path)
        this.#parts.push(Buffer.from([value ? 1 : 0]))
        return
      case 'int':
      case 'long':
        this.#long(whole(type, value, path))
        return
      case 'float':
      case 'double':
        this.#real(type, value, path)
        return
      case 'enum': {
        const at = typeof value === 'string' ? type.symbols.indexOf(value) : -1
        if (at < 0) throw unfit(type, value, path)
        this.#long(BigInt(at))
        return
      }
      case 'array':
        if (!Array.isArray(value)) throw unfit(type, value, path)
        this.#block(value, (item, at) => this.#value(type.items, item, `${path}/${at}`))
        return
      case 'map':
        this.#map(type.values, value, path)
        return
      case 'union':
        this.#union(type, value, path)
        return
      case 'record':
        this.#record(type, value, path)
        return
      default:
        this.#text(type, value, path)
        return
    }
  }

  #text(type: AvroType, value: JsonTree, path: string): void {
    if (typeof value !== 'string') throw unfit(type, value, path)
    if (type.kind === 'string') {
      this.#sized(Buffer.from(value, 'utf8'))
      return
    }
    // Bytes stand in JSON as one character each.
    const bytes = Buffer.from(value, 'latin1')
    if (bytes.toString('latin1') !== value) throw unfit(type, value, path)
    if (type.kind === 'bytes') {
      this.#sized(bytes)
      return
    }
    if (type.kind === 'fixed' && bytes.length !== type.size) throw unfit(type, value, path)
    this.#parts.push(bytes)
  }

  #real(type: AvroType, value: JsonTree, path: string): void {
    const words = value === 'NaN' || value === 'Infinity' || value === '-Infinity'
    if (!(value instanceof JsonNumber) && !words) throw unfit(type, value, path)
    const number = value instanceof JsonNumber ? value.value : Number(value)
    const bytes = Buffer.alloc(type.kind === 'float' ? 4 : 8)
    if (type.kind === 'float') bytes.writeFloatLE(number)
    else bytes.writeDoubleLE(number)
    this.#parts.push(bytes)
  }

  #block<T>(items: readonly T[], write: (item: T, at: number) => void): void {
    if (items.length > 0) this.#long(BigInt(items.length))
    for (const [at, item] of items.entries()) write(item, at)
    this.#long(0n)
  }

  #map(values: AvroType, value: JsonTree, path: string): void {
    if (!isObject(value)) throw new UnwritableData(`${path || 'The value'} is no map: ${writeJson(value)}`)
    this.#block([...value], ([key, item]) => {
      this.#sized(Buffer.from(key, 'utf8'))
      this.#value(values, item, `${path}/${key}`)
    })
  }

  /** `null`, or the branch's name over its value; a bare value where just one branch takes it. */
  #union(type: UnionType, value: JsonTree, path: string): void {
    const named = isObject(value) && value.size === 1 ? [...value][0] : undefined
    const tagged = named ? type.branches.findIndex((branch) => branchName(branch) === named[0]) : -1
    if (named && tagged >= 0) {
      this.#long(BigInt(tagged))
      this.#value(type.branches[tagged] ?? type, named[1], path)
      return
    }
    const bare = type.branches.flatMap((branch, at) => (this.#takes(branch, value) ? [at] : []))
    const [at] = bare
    const branch = at === undefined ? undefined : type.branches[at]
    if (at === undefined || !branch || bare.length > 1) throw unfit(type, value, path)
    this.#long(BigInt(at))
    this.#value(branch, value, path)
  }

  #record(type: RecordType, value: JsonTree, path: string): void {
    if (!isObject(value)) throw unfit(type, value, path)
    for (const field of type.fields) {
      const given = value.get(field.name)
      if (given !== undefined) this.#value(field.type, given, `${path}/${field.name}`)
      else if (field.defaultValue !== undefined) this.#default(field.type, field.defaultValue, `${path}/${field.name}`)
      else throw new UnwritableData(`${path}/${field.name} is missing and has no default`)
    }
    const names = new Set(type.fields.map(({ name }) => name))
    for (const name of value.keys()) {
      if (!names.has(name)) throw new UnwritableData(`${path}/${name} is no field`)
    }
  }

  /** A union's default is a bare value of its first branch, or of any other that takes it. */
  #default(type: AvroType, value: JsonTree, path: string): void {
    if (type.kind !== 'union') {
      this.#value(type, value, path)
      return
    }
    const at = type.branches.findIndex((branch) => this.#takes(branch, value))
    const branch = type.branches[at]
    if (!branch) throw unfit(type, value, path)
    this.#long(BigInt(at))
    this.#value(branch, value, path)
  }

  #takes(type: AvroType, value: JsonTree): boolean {
    try {
      new AvroEncoder(this.#trials).whole(type, value)
      return true
    } catch (error) {
      if (error instanceof TooComplex) throw error
      return false
    }
  }
}

function whole(type: AvroType, value: JsonTree, path: string): bigint {
  if (!(value instanceof JsonNumber) || !value.isInteger) throw unfit(type, value, path)
  const number = BigInt(value.text)
  const limit = 1n << (type.kind === 'int' ? INT_BITS : LONG_BITS)
  if (number < -limit || number >= limit) throw unfit(type, value, path)
  return number
}

function unfit(type: AvroType, value: JsonTree, path: string): UnwritableData {
  const shown = writeJson(value)
  const expected = type.kind === 'union' ? type.branches.map(branchName).join(' or ') : branchName(type)
  return new UnwritableData(
    `${path || 'The value'} is no ${expected}: ${shown.length > 100 ? `${shown.slice(0, 100)}…` : shown}`,
  )
}
