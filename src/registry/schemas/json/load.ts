import { isObject, type JsonObject, type JsonTree, writeJson } from '../json-tree.ts'
import { InvalidSchema } from '../schema-type.ts'
import { below, type Documents, idOf, type Place } from './documents.ts'
import { arrayRule, numberRule, objectRule, stringRule } from './keywords.ts'
import { checkKeywords } from './metaschema.ts'
import { type CombinedRule, type Criterion, isModern, type Notes, type Rule, type Shape } from './rules.ts'

const CRITERIA: readonly Criterion[] = ['allOf', 'anyOf', 'oneOf']
const REFERENCES = {
  '4': ['$ref'],
  '6': ['$ref'],
  '7': ['$ref'],
  '2019-09': ['$ref', '$recursiveRef'],
  '2020-12': ['$ref', '$dynamicRef'],
} as const
const DEFINITION = /\/definitions\/[^/]+$/
const ANY_TYPE = ['string', 'number', 'object', 'array'] as const

/** Which keywords make a schema one of a type although it does not name the type. */
export const KEYWORDS: Readonly<Record<(typeof ANY_TYPE)[number], readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  object: [
    'properties',
    'required',
    'minProperties',
    'maxProperties',
    'dependencies',
    'dependentRequired',
    'dependentSchemas',
    'patternProperties',
    'additionalProperties',
    'unevaluatedProperties',
    'propertyNames',
  ],
  array: [
    'items',
    'prefixItems',
    'additionalItems',
    'unevaluatedItems',
    'minItems',
    'maxItems',
    'uniqueItems',
    'contains',
  ],
}
const MODERN_ONLY = new Set([
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedProperties',
  'prefixItems',
  'unevaluatedItems',
])
const CLASSIC_ONLY = new Set(['format', 'dependencies', 'additionalItems'])

/** Turns documents into rules: each place once, so that schemas that mention each other end. */
export class RuleLoader {
  readonly #documents: Documents
  readonly #known = new Map<JsonTree, Rule>()
  readonly #checked = new Set<JsonTree>()

  constructor(documents: Documents) {
    this.#documents = documents
  }

  root(): Rule {
    return this.load(this.#documents.root)
  }

  load(place: Place): Rule {
    const { tree } = place
    if (tree === true) return { kind: 'true', notes: {} }
    if (tree === false) return { kind: 'false', notes: {} }
    if (!isObject(tree)) {
      throw new InvalidSchema(`Invalid JSON schema: expected an object or boolean, found ${writeJson(tree)}`)
    }
    const known = this.#known.get(tree)
    if (known) return known
    const rule = this.#object(tree, place)
    this.#known.set(tree, rule)
    return rule
  }

  child(place: Place, tree: JsonTree): Rule {
    return this.load(below(place, tree))
  }

  #object(tree: JsonObject, place: Place): Rule {
    const notes = notesOf(tree, place)
    const reference = this.#reference(tree, place)
    if (reference && !isModern(place.draft)) return { ...reference, notes }
    const parts = [...(reference ? [reference] : []), ...this.#parts(tree, place)]
    const [first] = parts
    if (!first) return { kind: 'empty', notes }
    if (parts.length === 1) return { ...first, notes }
    const rules = combinedFirst(parts.map((part) => ({ ...part, notes: {} })))
    return { kind: 'combined', criterion: 'allOf', generated: true, rules, notes }
  }

  #reference(tree: JsonObject, place: Place): Shape | undefined {
    const ref = REFERENCES[place.draft].map((name) => tree.get(name)).find((value) => value !== undefined)
    if (ref === undefined) return undefined
    if (typeof ref !== 'string') throw new InvalidSchema(`$ref: expected a string, found ${writeJson(ref)}`)
    // Found now, so that a schema that leads nowhere is refused; loaded when asked for.
    const target = this.#documents.find(ref, place)
    if (DEFINITION.test(ref)) this.#checkDefinition(target)
    return { kind: 'reference', text: ref, target: () => this.load(target) }
  }

  /** Definitions are looked at where something refers to them, and never else. */
  #checkDefinition({ tree, draft }: Place): void {
    if (this.#checked.has(tree)) return
    this.#checked.add(tree)
    checkKeywords(tree, draft)
  }

  /** What the keywords of one schema come to: one part for each type and each combination that they speak of. */
  #parts(tree: JsonObject, place: Place): Shape[] {
    const modern = isModern(place.draft)
    const parts: Shape[] = []
    const values = tree.get('enum')
    if (Array.isArray(values)) {
      parts.push({ kind: 'enum', values: new Set(values.map((value) => writeJson(value, { sorted: true }))) })
    }
    for (const criterion of CRITERIA) {
      const list = tree.get(criterion)
      if (Array.isArray(list)) parts.push(this.#combined(criterion, list, place))
    }
    const not = tree.get('not')
    if (not !== undefined) parts.push({ kind: 'not', rule: this.child(place, not) })
    const value = tree.get('const')
    if (value !== undefined && place.draft !== '4') {
      parts.push({ kind: 'const', value: writeJson(value, { sorted: true }) })
    }
    const typed = this.#typed(tree, place)
    if (typed) parts.push(typed)
    const named = new Set(typed ? typesOf(tree) : [])
    for (const type of ANY_TYPE) {
      const own = type === 'number' ? named.has('number') || named.has('integer') : named.has(type)
      const keywords = KEYWORDS[type].filter((name) => !(modern ? CLASSIC_ONLY : MODERN_ONLY).has(name))
      if (!own && keywords.some((name) => tree.has(name))) parts.push(this.#ofType(type, tree, place))
    }
    if (place.draft !== '4' && place.draft !== '6' && tree.has('if')) parts.push({ kind: 'conditional' })
    return parts
  }

  #combined(criterion: Criterion, list: readonly JsonTree[], place: Place): CombinedRule {
    const rules = list.map((item) => this.child(place, item))
    const flat = isModern(place.draft) ? rules.flatMap((rule) => (isGeneratedAll(rule) ? rule.rules : [rule])) : rules
    return { kind: 'combined', criterion, generated: false, rules: combinedFirst(flat) }
  }

  #typed(tree: JsonObject, place: Place): Shape | undefined {
    const types = typesOf(tree)
    const [first] = types
    if (first === undefined && !Array.isArray(tree.get('type'))) return undefined
    if (first !== undefined && !Array.isArray(tree.get('type'))) return this.#ofType(first, tree, place)
    const rules = types.map((type): Rule => ({ ...this.#ofType(type, tree, place), notes: {} }))
    return { kind: 'combined', criterion: 'anyOf', generated: true, rules }
  }

  #ofType(type: string, tree: JsonObject, place: Place): Shape {
    const child = (part: JsonTree): Rule => this.child(place, part)
    switch (type) {
      case 'string':
        return stringRule(tree)
      case 'number':
      case 'integer':
        return numberRule(tree, type === 'integer', place.draft)
      case 'object':
        return objectRule(tree, place.draft, child)
      case 'array':
        return arrayRule(tree, place.draft, child)
      case 'boolean':
      case 'null':
        return { kind: type }
      default:
        throw new InvalidSchema(`unknown type: [${type}]`)
    }
  }
}

function typesOf(tree: JsonObject): string[] {
  const type = tree.get('type')
  return (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string')
}

function isGeneratedAll(rule: Rule): rule is CombinedRule & { notes: Notes } {
  return rule.kind === 'combined' && rule.generated && rule.criterion === 'allOf'
}

function combinedFirst(rules: readonly Rule[]): Rule[] {
  return [...rules.filter(({ kind }) => kind === 'combined'), ...rules.filter(({ kind }) => kind !== 'combined')]
}

function notesOf(tree: JsonObject, place: Place): Notes {
  const text = (name: string): string | undefined => {
    const value = tree.get(name)
    return typeof value === 'string' ? value : undefined
  }
  const defaultValue = tree.get('default')
  const [id, title, description] = [idOf(tree, place.draft), text('title'), text('description')]
  const connectType = text('connect.type')
  return {
    ...(id === undefined ? {} : { id }),
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(defaultValue === undefined ? {} : { defaultValue: writeJson(defaultValue, { sorted: true }) }),
    ...(connectType === undefined ? {} : { connectType }),
  }
}

/** Resolves every reference that the root leads to, so that a schema is refused whole when it is registered. */
export function checkAll(root: Rule): void {
  const seen = new Set<Rule>()
  const open: Rule[] = [root]
  for (let rule = open.pop(); rule; rule = open.pop()) {
    if (seen.has(rule)) continue
    seen.add(rule)
    open.push(...partsOf(rule))
  }
}

function partsOf(rule: Rule): readonly Rule[] {
  const some = (...list: (Rule | undefined)[]): Rule[] => list.filter((item) => item !== undefined)
  switch (rule.kind) {
    case 'reference':
      return [rule.target()]
    case 'combined':
      return rule.rules
    case 'not':
      return [rule.rule]
    case 'array':
      return [...rule.tuple, ...some(rule.all, rule.additional, rule.unevaluated)]
    case 'object': {
      const maps = [rule.properties, rule.patternProperties, rule.dependentSchemas]
      return [...maps.flatMap((map) => [...map.values()]), ...some(rule.additional, rule.unevaluated)]
    }
    default:
      return []
  }
}
