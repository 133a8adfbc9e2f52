import { byCodeUnit, JsonNumber, type JsonObject, type JsonTree, javaDouble, quoted, writeJson } from '../json-tree.ts'
import { type AvroField, type AvroName, type AvroType, isNamed, type NamedType } from './types.ts'

const KINDS = new Set([
  'record',
  'enum',
  'array',
  'map',
  'union',
  'fixed',
  'string',
  'bytes',
  'int',
  'long',
  'float',
  'double',
  'boolean',
  'null',
])

interface Known {
  has(fullName: string): boolean
  add(fullName: string): void
}

interface Style {
  /** One form for all that says the same: properties and aliases sorted, empty docs dropped. */
  readonly normal: boolean
  /** Full names of types that are written out elsewhere already. */
  readonly known: Known
}

/** The schema in Avro's own words, as its Java library prints it: names once, then mentioned. */
export function canonicalForm(type: AvroType, known: readonly string[] = []): string {
  return print(type, undefined, { normal: false, known: new Set(known) })
}

/** The canonical form of what Confluent calls a normalised schema. */
export function normalForm(type: AvroType, known: readonly string[] = []): string {
  return print(type, undefined, { normal: true, known: new Set(known) })
}

/**
 * The normal form of one declaration, with no more than the names of all others. Those of one text are the same where
 * their names are, so that this tells declarations apart as well as the whole does, and costs what was written.
 */
export function ownForm(type: NamedType): string {
  let isInside = false
  const known: Known = {
    has: () => isInside,
    add: () => {
      isInside = true
    },
  }
  return print(type, undefined, { normal: true, known })
}

/** A value that is stored as a property of an object, in its place; `undefined` leaves it out. */
type Member = readonly [name: string, json: string | undefined]

function object(members: readonly Member[]): string {
  return `{${members.flatMap(([name, json]) => (json === undefined ? [] : [`${quoted(name)}:${json}`])).join(',')}}`
}

function print(type: AvroType, space: string | undefined, style: Style): string {
  if (isNamed(type)) return named(type, space, style)
  switch (type.kind) {
    case 'union':
      return `[${type.branches.map((branch) => print(branch, space, style)).join(',')}]`
    case 'array':
      return object([['type', '"array"'], ['items', print(type.items, space, style)], ...propsOf(type, style)])
    case 'map':
      return object([['type', '"map"'], ['values', print(type.values, space, style)], ...propsOf(type, style)])
    default: {
      const props = propsOf(type, style)
      return props.length === 0 ? quoted(type.kind) : object([['type', quoted(type.kind)], ...props])
    }
  }
}

function named(type: NamedType, space: string | undefined, style: Style): string {
  const { name } = type
  if (style.known.has(name.full)) return quoted(mention(name, space))
  style.known.add(name.full)
  const doc = style.normal && type.doc === '' ? undefined : type.doc
  const head: Member[] = [
    ['type', quoted(type.kind === 'record' && type.isError ? (style.normal ? 'record' : 'error') : type.kind)],
    ['name', quoted(name.simple)],
    ['namespace', namespace(name, space)],
    ['doc', doc === undefined ? undefined : quoted(doc)],
  ]
  const aliases = type.aliases.map((alias) => mention(alias, name.space))
  const tail: Member[] = [...propsOf(type, style), ['aliases', aliasList(aliases, style)]]
  return object([...head, ...body(type, style), ...tail])
}

function body(type: NamedType, style: Style): Member[] {
  switch (type.kind) {
    case 'record':
      return [['fields', `[${type.fields.map((field) => printField(field, type.name.space, style)).join(',')}]`]]
    case 'enum': {
      const { defaultSymbol } = type
      return [
        ['symbols', writeJson([...type.symbols])],
        ['default', defaultSymbol === undefined ? undefined : quoted(defaultSymbol)],
      ]
    }
    case 'fixed':
      return [['size', String(type.size)]]
  }
}

function printField(field: AvroField, space: string | undefined, style: Style): string {
  const { defaultValue } = field
  return object([
    ['name', quoted(field.name)],
    ['type', print(field.type, space, style)],
    ['doc', field.doc === undefined ? undefined : quoted(field.doc)],
    ['default', defaultValue === undefined ? undefined : defaultJson(field.type, defaultValue, style)],
    ['order', field.order === 'ascending' ? undefined : quoted(field.order)],
    ['aliases', aliasList(field.aliases, style)],
    ...simpleProps(field.props, style),
  ])
}

function namespace(name: AvroName, space: string | undefined): string | undefined {
  if (name.space === space) return undefined
  return quoted(name.space ?? '')
}

/** Just the name inside its own namespace, unless it could be taken for one of Avro's own types. */
function mention(name: AvroName, space: string | undefined): string {
  return name.space !== undefined && name.space === space && !KINDS.has(name.simple) ? name.simple : name.full
}

function aliasList(aliases: readonly string[], style: Style): string | undefined {
  if (aliases.length === 0) return undefined
  return writeJson(style.normal ? [...aliases].sort(byCodeUnit) : [...aliases])
}

function propsOf(type: Exclude<AvroType, { kind: 'union' }>, style: Style): Member[] {
  const { logical, props } = type
  if (!style.normal || !logical) return simpleProps(props, style)
  const first = ['logicalType']
  if (logical.name === 'decimal') first.push('precision', ...(logical.scale === 0 ? [] : ['scale']))
  const rest = [...props.keys()].filter((name) => !first.includes(name)).sort(byCodeUnit)
  return [...first, ...rest].map((name) => [name, writeJson(props.get(name) ?? null, { sorted: true })])
}

function simpleProps(props: JsonObject, style: Style): Member[] {
  const names = style.normal ? [...props.keys()].sort(byCodeUnit) : [...props.keys()]
  return names.map((name) => [name, writeJson(props.get(name) ?? null, { sorted: style.normal })])
}

/** A default that was written as a string where a number belongs is a number; normalised, 1 for a double is 1.0. */
function defaultJson(type: AvroType, value: JsonTree, style: Style): string | undefined {
  if (style.normal && isOfLaterBranch(type, value)) return undefined
  const real = type.kind === 'double' || type.kind === 'float'
  if (real && typeof value === 'string') return javaDouble(Number(value.trim().replace(/[dDfF]$/, '')))
  if (style.normal && value instanceof JsonNumber) {
    const asked = type.kind === 'union' ? type.branches[0] : type
    if (asked?.kind === 'double' || asked?.kind === 'float') return javaDouble(value.value)
  }
  return writeJson(value, { sorted: style.normal })
}

/** Normalised, a union's default that its first branch has no value for is left out, as Avro's library reads none there. */
function isOfLaterBranch(type: AvroType, value: JsonTree): boolean {
  if (type.kind !== 'union' || value === null || typeof value === 'boolean') return false
  const kind = type.branches[0]?.kind
  if (typeof value === 'string') return kind !== 'string' && kind !== 'enum' && kind !== 'bytes' && kind !== 'fixed'
  if (value instanceof JsonNumber) return !takesNumber(kind, value)
  return false
}

function takesNumber(kind: AvroType['kind'] | undefined, value: JsonNumber): boolean {
  if (kind === 'double' || kind === 'float' || (kind === 'long' && value.isInteger)) return true
  return kind === 'int' && value.isInteger && Math.abs(value.value) < 2 ** 31
}
