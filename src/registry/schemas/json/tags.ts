import { byCodeUnit, isObject, type JsonObject, type JsonTree, writeJson } from '../json-tree.ts'
import { type EntityType, type SchemaEntity, type SchemaTags, TAGS, tagsIn } from '../tags.ts'
import { KEYWORDS } from './load.ts'
import type { Draft } from './rules.ts'

/**
 * One of the things that a schema is, by what Confluent's registry calls them. A schema that is several things is all of
 * them at once, and a path leads through an `allof` to each; of several subschemas it gives the number in their sorted order.
 */
type View =
  | { readonly kind: 'allof' | 'anyof' | 'oneof'; readonly of: readonly View[] }
  | { readonly kind: 'schema'; readonly tree: JsonTree }
  | { readonly kind: 'object' | 'array' | 'not' | 'conditional'; readonly tree: JsonObject; readonly isWhole: boolean }
  | { readonly kind: Plain }
type Plain = 'boolean' | 'const' | 'empty' | 'enum' | 'false' | 'null' | 'number' | 'reference' | 'string' | 'true'

const COMBINED = { allOf: 'allof', anyOf: 'anyof', oneOf: 'oneof' } as const
const TYPES = ['string', 'number', 'object', 'array'] as const
const SCALARS: ReadonlySet<string> = new Set(['boolean', 'null', 'string', 'number', 'integer'])

function viewOf(tree: JsonTree, draft: Draft): View {
  if (!isObject(tree)) return { kind: tree === false ? 'false' : 'true' }
  if (tree.has('$ref')) return { kind: 'reference' }
  const parts = partsOf(tree, draft)
  const [only] = parts
  if (only === undefined) return { kind: 'empty' }
  if (parts.length > 1) return { kind: 'allof', of: parts }
  return 'isWhole' in only ? { ...only, isWhole: true } : only
}

function partsOf(tree: JsonObject, draft: Draft): View[] {
  const parts: View[] = []
  const add = (name: string, kind: 'enum' | 'const'): void => void (tree.has(name) && parts.push({ kind }))
  add('enum', 'enum')
  for (const [keyword, kind] of Object.entries(COMBINED)) {
    const list = tree.get(keyword)
    if (Array.isArray(list)) parts.push({ kind, of: list.map((item) => ({ kind: 'schema', tree: item })) })
  }
  if (tree.has('not')) parts.push({ kind: 'not', tree, isWhole: false })
  if (draft !== '4') add('const', 'const')
  const type = tree.get('type')
  const types = (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string')
  const typed = types.map((name) => typeView(name, tree))
  if (Array.isArray(type)) parts.push({ kind: 'anyof', of: typed })
  else parts.push(...typed)
  for (const name of TYPES) {
    const isNamed = types.includes(name) || (name === 'number' && types.includes('integer'))
    if (!isNamed && KEYWORDS[name].some((keyword) => tree.has(keyword))) parts.push(typeView(name, tree))
  }
  if (draft !== '4' && draft !== '6' && tree.has('if')) parts.push({ kind: 'conditional', tree, isWhole: false })
  return parts
}

function typeView(name: string, tree: JsonObject): View {
  if (name === 'object' || name === 'array') return { kind: name, tree, isWhole: false }
  return { kind: name === 'integer' || !SCALARS.has(name) ? 'number' : (name as Plain) }
}

/** As Confluent's registry sorts them: by what they are, then by what they are called. */
function sorted(views: readonly View[], draft: Draft): View[] {
  const keys = new Map(views.map((view) => [view, sortKeys(view, draft)]))
  return [...views].sort((a, b) => {
    const [one, other] = [keys.get(a) ?? [], keys.get(b) ?? []]
    for (const [at, key] of one.entries()) {
      const order = byCodeUnit(key, other[at] ?? '')
      if (order !== 0) return order
    }
    return 0
  })
}

function sortKeys(view: View, draft: Draft): string[] {
  const meant = view.kind === 'schema' ? viewOf(view.tree, draft) : view
  const kind = 'of' in meant ? 'combined' : meant.kind
  const tree = view.kind === 'schema' && isObject(view.tree) ? view.tree : undefined
  const said = ['title', 'description', 'default'].map((name) => {
    const value = tree?.get(name)
    return value === undefined ? '' : `+${typeof value === 'string' ? value : writeJson(value, { sorted: true })}`
  })
  return [kind, ...said, 'of' in meant ? meant.kind : '']
}

/** The tags of all objects and properties of a schema. */
export function jsonTags(root: JsonTree, draft: Draft): SchemaTags[] {
  const found = new Map<string, SchemaTags>()
  const seen = new Set<string>()
  const note = (entityType: EntityType, entityPath: string, tree: JsonTree): void => {
    const tags = isObject(tree) ? tagsIn(tree.get(TAGS)) : []
    if (tags.length > 0) found.set(`${entityType} ${entityPath}`, { schemaEntity: { entityPath, entityType }, tags })
  }
  const object = (tree: JsonObject, path: string, isWhole: boolean, inField: boolean): void => {
    if (seen.has(path)) return
    seen.add(path)
    if (isWhole && !inField) note('sr_record', path, tree)
    for (const [name, property] of entriesOf(tree.get('properties'))) {
      note('sr_field', `${path}.${name}`, property)
      walk({ kind: 'schema', tree: property }, `${path}.${name}.`, true)
    }
    for (const keyword of isWhole ? ['definitions', '$defs'] : []) {
      for (const [name, definition] of entriesOf(tree.get(keyword))) {
        if (isObject(definition)) walk({ kind: 'schema', tree: definition }, `${path}.${keyword}.${name}.`, false)
      }
    }
  }
  const walk = (view: View, scope: string, inField: boolean): void => {
    const within = (tree: JsonTree | undefined, path: string): void => {
      if (tree !== undefined) walk({ kind: 'schema', tree }, path, false)
    }
    switch (view.kind) {
      case 'schema':
        walk(viewOf(view.tree, draft), scope, inField)
        break
      case 'allof':
      case 'anyof':
      case 'oneof':
        for (const [at, one] of sorted(view.of, draft).entries()) walk(one, `${scope}${view.kind}.${at}.`, false)
        break
      case 'object':
        object(view.tree, `${scope}object`, view.isWhole, inField)
        break
      case 'array':
        within(view.tree.get('items'), `${scope}array.`)
        break
      case 'not':
        within(view.tree.get('not'), `${scope}not.`)
        break
      case 'conditional':
        for (const name of ['if', 'then', 'else']) within(view.tree.get(name), `${scope}conditional.${name}.`)
    }
  }
  walk({ kind: 'schema', tree: root }, '', false)
  return [...found.values()]
}

function entriesOf(tree: JsonTree | undefined): [string, JsonTree][] {
  return isObject(tree) ? [...tree] : []
}

/** The object or property that a path leads to. */
export function findJsonEntity(root: JsonTree, { entityPath, entityType }: SchemaEntity, draft: Draft) {
  const path = entityPath.replace(/^\./, '').split('.')
  return step(root, path, entityType === 'sr_record', draft)
}

function step(
  tree: JsonTree | undefined,
  path: readonly string[],
  isRecord: boolean,
  draft: Draft,
): JsonTree | undefined {
  const [name, next, ...rest] = path
  if (!isObject(tree)) return undefined
  switch (name) {
    case 'object':
      return next === undefined ? (isRecord ? tree : undefined) : property(tree, [next, ...rest], isRecord, draft)
    case 'array':
      return step(tree.get('items'), path.slice(1), isRecord, draft)
    case 'not':
      return step(tree.get('not'), path.slice(1), isRecord, draft)
    case 'allof':
      if (tree.has('allOf')) return numbered(tree.get('allOf'), next, rest, isRecord, draft)
      if (rest[0] === 'conditional') return step(tree.get(rest[1] ?? ''), rest.slice(2), isRecord, draft)
      return step(tree, rest, isRecord, draft)
    case 'anyof':
      // Of a `type` that is a list.
      if (!tree.has('anyOf')) return step(tree, rest, isRecord, draft)
      return numbered(tree.get('anyOf'), next, rest, isRecord, draft)
    case 'oneof':
      return numbered(tree.get('oneOf'), next, rest, isRecord, draft)
    default:
      return undefined
  }
}

function numbered(
  list: JsonTree | undefined,
  at: string | undefined,
  rest: readonly string[],
  isRecord: boolean,
  draft: Draft,
): JsonTree | undefined {
  if (!Array.isArray(list) || at === undefined || !/^\d+$/.test(at)) return undefined
  const views = list.map((tree): View => ({ kind: 'schema', tree }))
  const view = sorted(views, draft)[Number(at)]
  return view?.kind === 'schema' ? step(view.tree, rest, isRecord, draft) : undefined
}

/** Names may have dots themselves: the shortest that there is counts. */
function property(tree: JsonObject, path: readonly string[], isRecord: boolean, draft: Draft): JsonTree | undefined {
  const isDefinition = path[0] === 'definitions' || path[0] === '$defs'
  const names = isDefinition ? path.slice(1) : path
  const all = tree.get(isDefinition ? (path[0] ?? '') : 'properties')
  if (!isObject(all)) return undefined
  for (let length = 1; length <= names.length; length++) {
    const found = all.get(names.slice(0, length).join('.'))
    if (found !== undefined) return length === names.length ? found : step(found, names.slice(length), isRecord, draft)
  }
  return undefined
}
