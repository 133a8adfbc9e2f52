import { isObject, JsonNumber, type JsonObject, type JsonTree, readJson, writeJson } from '../json-tree.ts'
import { InvalidSchema } from '../schema-type.ts'
import { checkDefault, type Effort } from './defaults.ts'
import { logicalType } from './logical.ts'
import { anyName, avroName, checkFullName, checkName, type NameCheck } from './names.ts'
import { ownForm } from './print.ts'
import {
  type ArrayType,
  type AvroField,
  type AvroName,
  type AvroType,
  isNamed,
  type MapType,
  type NamedType,
  PRIMITIVES,
} from './types.ts'

const RESERVED = new Set([
  'doc',
  'fields',
  'items',
  'name',
  'namespace',
  'size',
  'symbols',
  'values',
  'type',
  'aliases',
])
const ENUM_RESERVED = new Set([...RESERVED, 'default'])
const FIELD_RESERVED = new Set(['default', 'doc', 'name', 'order', 'type', 'aliases'])
const ORDERS = ['ascending', 'descending', 'ignore'] as const
const MAX_INT = 2 ** 31 - 1

interface Pending {
  readonly full: string
  readonly place: (type: NamedType) => void
}

/** Reads texts that may mention each other's types: first those referred to, then the schema itself. */
export class AvroReader {
  readonly #named = new Map<string, NamedType>()
  readonly #strict: boolean
  readonly #checkName: NameCheck
  /** Mentions of types that are declared later, or around the mention. */
  #pending: Pending[] = []
  #defaults: AvroField[] = []
  readonly #effort: Effort = { spent: 0 }

  /** `strict`: names must be well formed, defaults must fit their types. */
  constructor(strict: boolean) {
    this.#strict = strict
    this.#checkName = strict ? checkName : anyName
  }

  read(text: string): AvroType {
    const slot: { type: AvroType | undefined } = { type: undefined }
    this.#type(readJson(text), undefined, (type) => {
      slot.type = type
    })
    for (const { full, place } of this.#pending) {
      const type = this.#named.get(full)
      if (!type) throw new InvalidSchema(`Undefined schema: ${full}`)
      place(type)
    }
    this.#pending = []
    if (this.#strict) for (const field of this.#defaults) checkDefault(field, this.#effort)
    this.#defaults = []
    if (!slot.type) throw new InvalidSchema('The schema names itself only')
    checkUnions(slot.type)
    return slot.type
  }

  /** Gives the type to `place` now, or once all of the text is read where it is declared further on. */
  #type(tree: JsonTree | undefined, space: string | undefined, place: (type: AvroType) => void): void {
    if (typeof tree === 'string') {
      this.#mention(tree, space, place)
      return
    }
    if (Array.isArray(tree)) {
      this.#union(tree, space, place)
      return
    }
    if (!isObject(tree)) throw new InvalidSchema(`Schema not yet supported: ${writeJson(tree ?? null)}`)
    place(this.#object(tree, space))
  }

  #mention(name: string, space: string | undefined, place: (type: AvroType) => void): void {
    const kind = PRIMITIVES.find((primitive) => primitive === name)
    if (kind) {
      place({ kind, props: new Map(), logical: undefined })
      return
    }
    const full = space !== undefined && !name.includes('.') ? `${space}.${name}` : name
    const known = this.#named.get(full) ?? this.#named.get(name)
    if (known) place(known)
    else this.#pending.push({ full, place })
  }

  #union(trees: readonly JsonTree[], space: string | undefined, place: (type: AvroType) => void): void {
    const branches: AvroType[] = []
    place({ kind: 'union', branches })
    for (const [at, tree] of trees.entries()) {
      if (Array.isArray(tree)) throw new InvalidSchema(`Nested union: ${writeJson([...trees])}`)
      this.#type(tree, space, (type) => {
        branches[at] = type
      })
    }
  }

  #object(tree: JsonObject, space: string | undefined): AvroType {
    const type = requiredText(tree, 'type', 'No type')
    const kind = PRIMITIVES.find((primitive) => primitive === type)
    if (kind) {
      const props = propsOf(tree, RESERVED)
      return { kind, props, logical: logicalType(props, kind) }
    }
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(tree, space, type === 'error')
      case 'enum':
        return this.#enum(tree, space)
      case 'fixed':
        return this.#fixed(tree, space)
      case 'array':
        return this.#collection(tree, space, 'array')
      case 'map':
        return this.#collection(tree, space, 'map')
      default:
        throw new InvalidSchema(`Type not supported: ${type}`)
    }
  }

  #collection(tree: JsonObject, space: string | undefined, kind: 'array' | 'map'): AvroType {
    const of = kind === 'array' ? 'items' : 'values'
    if (!tree.has(of)) {
      throw new InvalidSchema(`${kind === 'array' ? 'Array' : 'Map'} has no ${of} type: ${writeJson(tree)}`)
    }
    const props = propsOf(tree, RESERVED)
    const unset: AvroType = { kind: 'null', props: new Map(), logical: undefined }
    const shared = { props, logical: logicalType(props, kind) }
    if (kind === 'array') {
      const array: ArrayType = { kind, items: unset, ...shared }
      this.#type(tree.get(of), space, (type) => {
        array.items = type
      })
      return array
    }
    const map: MapType = { kind, values: unset, ...shared }
    this.#type(tree.get(of), space, (type) => {
      map.values = type
    })
    return map
  }

  #record(tree: JsonObject, space: string | undefined, isError: boolean): AvroType {
    const name = nameOf(tree, space, this.#checkName)
    const fieldTrees = tree.get('fields')
    if (!Array.isArray(fieldTrees)) throw new InvalidSchema(`Record has no fields: ${writeJson(tree)}`)
    const fields: AvroField[] = []
    const seen = new Set<string>()
    for (const fieldTree of fieldTrees) {
      const field = this.#field(fieldTree, name)
      if (seen.has(field.name)) throw new InvalidSchema(`Duplicate field ${field.name} in record ${name.full}`)
      seen.add(field.name)
      fields.push(field)
    }
    const props = propsOf(tree, RESERVED)
    return this.#declare({
      kind: 'record',
      name,
      doc: textOf(tree, 'doc'),
      isError,
      fields,
      props,
      logical: logicalType(props, 'record'),
      aliases: aliasesOf(tree).map((alias) => avroName(alias, name.space, this.#checkName)),
    })
  }

  #field(tree: JsonTree, record: AvroName): AvroField {
    if (!isObject(tree)) throw new InvalidSchema(`No field name: ${writeJson(tree)}`)
    const name = requiredText(tree, 'name', 'No field name')
    if (!tree.has('type')) throw new InvalidSchema(`No field type: ${writeJson(tree)}`)
    const field: AvroField = {
      name: this.#checkName(name),
      type: { kind: 'null', props: new Map(), logical: undefined },
      doc: textOf(tree, 'doc'),
      defaultValue: tree.get('default'),
      order: orderOf(tree),
      aliases: aliasesOf(tree),
      props: propsOf(tree, FIELD_RESERVED),
    }
    this.#type(tree.get('type'), record.space, (type) => {
      field.type = type
    })
    if (field.defaultValue !== undefined) this.#defaults.push(field)
    return field
  }

  #enum(tree: JsonObject, space: string | undefined): AvroType {
    const name = nameOf(tree, space, this.#checkName)
    const list = tree.get('symbols')
    if (!Array.isArray(list)) throw new InvalidSchema(`Enum has no symbols: ${writeJson(tree)}`)
    const symbols = list.map((symbol) => {
      if (typeof symbol !== 'string') throw new InvalidSchema('Null name')
      return this.#checkName(symbol)
    })
    const seen = new Set<string>()
    for (const symbol of symbols) {
      if (seen.has(symbol)) throw new InvalidSchema(`Duplicate enum symbol: ${symbol}`)
      seen.add(symbol)
    }
    const defaultSymbol = textOf(tree, 'default')
    if (defaultSymbol !== undefined && !seen.has(defaultSymbol)) {
      const all = symbols.join(', ')
      throw new InvalidSchema(`The Enum Default: ${defaultSymbol} is not in the enum symbol set: [${all}]`)
    }
    const props = propsOf(tree, ENUM_RESERVED)
    const aliases = aliasesOf(tree).map((alias) => avroName(alias, name.space, this.#checkName))
    const doc = textOf(tree, 'doc')
    return this.#declare({ kind: 'enum', name, doc, symbols, defaultSymbol, props, logical: undefined, aliases })
  }

  #fixed(tree: JsonObject, space: string | undefined): AvroType {
    const name = nameOf(tree, space, this.#checkName)
    const size = tree.get('size')
    if (!(size instanceof JsonNumber) || !size.isInteger || size.value > MAX_INT || size.value < 0) {
      throw new InvalidSchema(`Invalid or no size: ${writeJson(tree)}`)
    }
    const props = propsOf(tree, RESERVED)
    return this.#declare({
      kind: 'fixed',
      name,
      doc: textOf(tree, 'doc'),
      size: size.value,
      props,
      logical: logicalType(props, 'fixed', size.value),
      aliases: aliasesOf(tree).map((alias) => avroName(alias, name.space, this.#checkName)),
    })
  }

  /** A name may be declared again where the declaration says the same. */
  #declare(type: NamedType): NamedType {
    const { full } = type.name
    checkFullName(full, this.#checkName)
    const known = this.#named.get(full)
    if (!known) this.#named.set(full, type)
    else if (this.#pending.length > 0 || ownForm(known) !== ownForm(type)) {
      throw new InvalidSchema(`Can't redefine: ${full}`)
    }
    return type
  }
}

/** A union must tell its branches apart: one of each unnamed kind, one of each name, and no union in it. */
function checkUnions(root: AvroType): void {
  const seen = new Set<AvroType>()
  const open: AvroType[] = [root]
  for (let type = open.pop(); type; type = open.pop()) {
    if (seen.has(type)) continue
    seen.add(type)
    if (type.kind === 'array') open.push(type.items)
    else if (type.kind === 'map') open.push(type.values)
    else if (type.kind === 'record') for (const field of type.fields) open.push(field.type)
    else if (type.kind === 'union') {
      const names = new Set<string>()
      for (const branch of type.branches) {
        const name = isNamed(branch) ? branch.name.full : branch.kind
        if (names.has(name)) throw new InvalidSchema(`Duplicate in union:${name}`)
        names.add(name)
        open.push(branch)
      }
    }
  }
}

function nameOf(tree: JsonObject, space: string | undefined, check: NameCheck): AvroName {
  return avroName(requiredText(tree, 'name', 'No name in schema'), textOf(tree, 'namespace') ?? space, check)
}

function textOf(tree: JsonObject, name: string): string | undefined {
  const value = tree.get(name)
  return typeof value === 'string' ? value : undefined
}

function requiredText(tree: JsonObject, name: string, complaint: string): string {
  const text = textOf(tree, name)
  if (text === undefined) throw new InvalidSchema(`${complaint}: ${writeJson(tree)}`)
  return text
}

function aliasesOf(tree: JsonObject): string[] {
  const aliases = tree.get('aliases')
  if (aliases === undefined) return []
  if (!Array.isArray(aliases)) throw new InvalidSchema(`aliases not an array: ${writeJson(tree)}`)
  const seen = new Set<string>()
  for (const alias of aliases) {
    if (typeof alias !== 'string') throw new InvalidSchema(`alias not a string: ${writeJson(alias)}`)
    seen.add(alias)
  }
  return [...seen]
}

function orderOf(tree: JsonObject): AvroField['order'] {
  if (!tree.has('order')) return 'ascending'
  const order = ORDERS.find((known) => known === textOf(tree, 'order')?.toLowerCase())
  if (!order) throw new InvalidSchema(`Unknown order of a field: ${writeJson(tree.get('order') ?? null)}`)
  return order
}

function propsOf(tree: JsonObject, reserved: ReadonlySet<string>): JsonObject {
  return new Map([...tree].filter(([name]) => !reserved.has(name)))
}
