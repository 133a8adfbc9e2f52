import { isObject, type JsonTree, readJson } from '../json-tree.ts'
import { InvalidSchema, type ResolvedReference } from '../schema-type.ts'
import { metaSchemaText } from './metaschema.ts'
import { type Draft, draftOf } from './rules.ts'

/** Where a document without an `$id` stands; nothing is ever fetched from there or from anywhere else. */
const NOWHERE = 'mem://input/'

/** A place in a document: what `$ref`s in it are relative to, and the draft that its document follows. */
export interface Place {
  readonly tree: JsonTree
  readonly base: string
  readonly draft: Draft
}

/** The documents that `$ref` may lead to: the schema itself and those that it was registered with. */
export class Documents {
  readonly root: Place
  readonly #documents = new Map<string, Place>()

  constructor(tree: JsonTree, references: readonly ResolvedReference[]) {
    const draft = draftOf(tree)
    this.root = { tree, base: resolved(idOf(tree, draft) ?? '', NOWHERE), draft }
    for (const { name, text } of references) this.#add(name, readJson(text))
    this.#index(this.root, 0)
    this.#documents.set(withoutFragment(this.root.base), this.root)
  }

  #add(name: string, tree: JsonTree): void {
    const draft = draftOf(tree)
    const base = resolved(name, this.root.base)
    const place = { tree, base: resolved(idOf(tree, draft) ?? '', base), draft }
    this.#index(place, 0)
    for (const known of [name, `./${name}`, base, resolved(name, NOWHERE)]) this.#documents.set(known, place)
  }

  /** Schemas inside a document that have an `$id` or an anchor of their own. */
  #index(place: Place, depth: number): void {
    const { tree, draft } = place
    if (Array.isArray(tree)) for (const item of tree) this.#index({ ...place, tree: item }, depth + 1)
    if (!isObject(tree)) return
    let { base } = place
    const id = idOf(tree, draft)
    if (id?.startsWith('#')) this.#note(`${withoutFragment(base)}${id}`, place)
    else if (id !== undefined && depth > 0) {
      base = resolved(id, base)
      this.#note(withoutFragment(base), { ...place, base })
    }
    for (const name of ['$anchor', '$dynamicAnchor']) {
      const anchor = tree.get(name)
      if (typeof anchor === 'string') this.#note(`${withoutFragment(base)}#${anchor}`, { ...place, base })
    }
    for (const [name, item] of tree) {
      if (name !== 'enum' && name !== 'const') this.#index({ tree: item, base, draft }, depth + 1)
    }
  }

  #note(uri: string, place: Place): void {
    if (!this.#documents.has(uri)) this.#documents.set(uri, place)
  }

  /** The drafts' own schemas are known to everybody. */
  #metaSchema(uri: string): Place | undefined {
    const text = metaSchemaText(uri)
    if (text === undefined) return undefined
    this.#add(uri, readJson(text))
    return this.#documents.get(uri)
  }

  /** What `$ref` means at a place. Throws where it leads out of the documents. */
  find(ref: string, from: Place): Place {
    const whole = resolved(ref, from.base)
    const fragment = fragmentOf(whole)
    const anchored = fragment !== '' && !fragment.startsWith('/') ? this.#documents.get(whole) : undefined
    if (anchored) return anchored
    const name = withoutFragment(whole)
    const document = this.#documents.get(name) ?? this.#documents.get(withoutFragment(ref)) ?? this.#metaSchema(name)
    const found = document && pointed(document, fragment)
    if (!found) throw new InvalidSchema(`Could not resolve reference "${ref}"; remote references are not fetched`)
    return found
  }
}

export function idOf(tree: JsonTree, draft: Draft): string | undefined {
  const id = isObject(tree) ? tree.get(draft === '4' ? 'id' : '$id') : undefined
  return typeof id === 'string' ? id : undefined
}

/** The place of a part of a schema, whose own `$id` moves what it is relative to. */
export function below(place: Place, tree: JsonTree): Place {
  const id = idOf(tree, place.draft)
  return {
    tree,
    draft: place.draft,
    base: id === undefined || id.startsWith('#') ? place.base : resolved(id, place.base),
  }
}

function resolved(ref: string, base: string): string {
  try {
    return new URL(ref, base).href
  } catch {
    return ref
  }
}

function withoutFragment(uri: string): string {
  const at = uri.indexOf('#')
  return at < 0 ? uri : uri.slice(0, at)
}

function fragmentOf(uri: string): string {
  const at = uri.indexOf('#')
  if (at < 0) return ''
  try {
    return decodeURIComponent(uri.slice(at + 1))
  } catch {
    return uri.slice(at + 1)
  }
}

/** What a JSON pointer leads to. What `$defs` lacks may be among the `definitions` of older drafts. */
function pointed(document: Place, pointer: string): Place | undefined {
  if (pointer === '') return document
  if (!pointer.startsWith('/')) return undefined
  let place: Place = document
  for (const [depth, step] of pointer.slice(1).split('/').entries()) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    let next = member(place.tree, name)
    if (next === undefined && depth === 0 && name === '$defs') next = member(place.tree, 'definitions')
    if (next === undefined && depth === 1 && pointer.startsWith('/$defs/')) {
      next = member(member(document.tree, 'definitions') ?? null, name)
    }
    if (next === undefined) return undefined
    place = below(place, next)
  }
  return place
}

function member(tree: JsonTree, name: string): JsonTree | undefined {
  if (isObject(tree)) return tree.get(name)
  return Array.isArray(tree) && /^\d+$/.test(name) ? tree[Number(name)] : undefined
}
