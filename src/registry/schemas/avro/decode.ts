import { quoted } from '../json-tree.ts'
import { UnreadableData } from '../schema-type.ts'
import { type AvroType, isNamed } from './types.ts'

const MAX_DEPTH = 200
/** Items that take no bytes may come by the billion; this many are shown. */
const MAX_EMPTY_ITEMS = 100_000
/** JSON may be far larger than what it is made of, where names are long. */
const MAX_JSON = 64 * 1024 * 1024

/** Reads one value of Avro's binary encoding as JSON text. */
export class AvroDecoder {
  readonly #bytes: Buffer
  #at = 0
  #size = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  whole(type: AvroType): string {
    const json = this.#value(type, 0)
    const left = this.#bytes.length - this.#at
    if (left > 0) throw new UnreadableData(`${left} bytes are left over`)
    return json
  }

  #take(length: number): Buffer {
    if (length < 0 || length > this.#bytes.length - this.#at) throw new UnreadableData('The data is cut off')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #long(): bigint {
    let [value, shift] = [0n, 0n]
    for (;;) {
      const byte = this.#take(1)[0] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
      shift += 7n
      if (shift > 63n) throw new UnreadableData('A number is too long')
    }
    return (value >> 1n) ^ -(value & 1n)
  }

  #count(): number {
    const value = Number(this.#long())
    if (!Number.isSafeInteger(value)) throw new UnreadableData('A length is out of range')
    return value
  }

  #value(type: AvroType, depth: number): string {
    if (depth > MAX_DEPTH) throw new UnreadableData(`Values are nested deeper than ${MAX_DEPTH}`)
    const json = this.#plain(type, depth)
    return json
  }

  #plain(type: AvroType, depth: number): string {
    switch (type.kind) {
      case 'null':
        return 'null'
      case 'boolean':
        return this.#take(1)[0] ? 'true' : 'false'
      case 'int':
      case 'long':
        return String(this.#long())
      case 'float':
        return real(this.#take(4).readFloatLE())
      case 'double':
        return real(this.#take(8).readDoubleLE())
      case 'bytes':
        return this.#grown(quoted(this.#take(this.#count()).toString('latin1')))
      case 'string':
        return this.#grown(quoted(this.#take(this.#count()).toString('utf8')))
      case 'fixed':
        return this.#grown(quoted(this.#take(type.size).toString('latin1')))
      case 'enum':
        return this.#enum(type.symbols)
      case 'array':
        return `[${this.#blocks(() => this.#value(type.items, depth + 1)).join(',')}]`
      case 'map':
        return `{${this.#blocks(() => `${this.#key()}:${this.#value(type.values, depth + 1)}`).join(',')}}`
      case 'union':
        return this.#union(type.branches, depth)
      case 'record':
        return `{${type.fields.map((field) => `${this.#grown(quoted(field.name))}:${this.#value(field.type, depth + 1)}`).join(',')}}`
    }
  }

  #grown(json: string): string {
    this.#size += json.length
    if (this.#size > MAX_JSON) throw new UnreadableData('The value is too large to show')
    return json
  }

  #key(): string {
    return this.#grown(quoted(this.#take(this.#count()).toString('utf8')))
  }

  #enum(symbols: readonly string[]): string {
    const symbol = symbols[this.#count()]
    if (symbol === undefined) throw new UnreadableData('An enum value is out of range')
    return quoted(symbol)
  }

  #union(branches: readonly AvroType[], depth: number): string {
    const branch = branches[this.#count()]
    if (!branch) throw new UnreadableData('A union branch is out of range')
    const value = this.#value(branch, depth + 1)
    return branch.kind === 'null' ? value : `{${this.#grown(quoted(branchName(branch)))}:${value}}`
  }

  #blocks(item: () => string): string[] {
    const items: string[] = []
    for (let count = this.#count(); count !== 0; count = this.#count()) {
      // A negative count is followed by the block's size, for those who skip it.
      if (count < 0) this.#count()
      for (let left = Math.abs(count); left > 0; left -= 1) {
        const before = this.#at
        items.push(item())
        if (this.#at === before && items.length > MAX_EMPTY_ITEMS) throw new UnreadableData('There are too many items')
      }
    }
    return items
  }
}

export function branchName(type: AvroType): string {
  return isNamed(type) ? type.name.full : type.kind
}

/** What is no JSON number stands as a string, as in Java's encoding. */
function real(value: number): string {
  return Number.isFinite(value) ? String(Object.is(value, -0) ? '-0.0' : value) : `"${value}"`
}
