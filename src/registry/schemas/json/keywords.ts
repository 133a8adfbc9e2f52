import { isObject, JsonNumber, type JsonObject, type JsonTree } from '../json-tree.ts'
import {
  type ArrayRule,
  type Draft,
  isModern,
  type NumberRule,
  type ObjectRule,
  type Rule,
  type StringRule,
} from './rules.ts'

type Child = (tree: JsonTree) => Rule

/** `{ [name]: value }`, or nothing where the schema does not say. */
function given<K extends string, T>(name: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: T })
}

function numberOf(tree: JsonObject, name: string): number | undefined {
  const value = tree.get(name)
  return value instanceof JsonNumber ? value.value : undefined
}

function textOf(tree: JsonObject, name: string): string | undefined {
  const value = tree.get(name)
  return typeof value === 'string' ? value : undefined
}

function rulesOf(tree: JsonTree | undefined, child: Child): Map<string, Rule> {
  return isObject(tree) ? new Map([...tree].map(([name, value]) => [name, child(value)])) : new Map()
}

function namesOf(tree: JsonTree | undefined): Set<string> {
  return new Set(Array.isArray(tree) ? tree.filter((name) => typeof name === 'string') : [])
}

export function stringRule(tree: JsonObject): StringRule {
  return {
    kind: 'string',
    ...given('minLength', numberOf(tree, 'minLength')),
    ...given('maxLength', numberOf(tree, 'maxLength')),
    ...given('pattern', textOf(tree, 'pattern')),
  }
}

/** Draft 4's `exclusiveMinimum: true` says something of `minimum`; it is no limit of its own and is not compared. */
export function numberRule(tree: JsonObject, integer: boolean, draft: Draft): NumberRule {
  const multiple = tree.get('multipleOf')
  const exclusive = draft !== '4'
  return {
    kind: 'number',
    integer,
    ...given('minimum', numberOf(tree, 'minimum')),
    ...given('maximum', numberOf(tree, 'maximum')),
    ...(exclusive ? given('exclusiveMinimum', numberOf(tree, 'exclusiveMinimum')) : {}),
    ...(exclusive ? given('exclusiveMaximum', numberOf(tree, 'exclusiveMaximum')) : {}),
    ...given('multipleOf', multiple instanceof JsonNumber ? multiple.text : undefined),
  }
}

export function objectRule(tree: JsonObject, draft: Draft, child: Child): ObjectRule {
  const modern = isModern(draft)
  const more = tree.get('additionalProperties')
  const unevaluated = modern ? tree.get('unevaluatedProperties') : undefined
  const dependentRequired = new Map<string, ReadonlySet<string>>()
  const dependentSchemas = modern ? rulesOf(tree.get('dependentSchemas'), child) : new Map<string, Rule>()
  const dependencies = tree.get(modern ? 'dependentRequired' : 'dependencies')
  for (const [name, needs] of isObject(dependencies) ? dependencies : []) {
    if (Array.isArray(needs)) {
      // Who needs nothing has no dependency.
      if (needs.length > 0) dependentRequired.set(name, namesOf(needs))
    } else if (!modern) dependentSchemas.set(name, child(needs))
  }
  return {
    kind: 'object',
    properties: rulesOf(tree.get('properties'), child),
    patternProperties: rulesOf(tree.get('patternProperties'), child),
    required: namesOf(tree.get('required')),
    permitsAdditional: more !== false,
    ...given('additional', more === undefined || typeof more === 'boolean' ? undefined : child(more)),
    ...given('unevaluated', unevaluated === undefined ? undefined : child(unevaluated)),
    ...given('minProperties', numberOf(tree, 'minProperties')),
    ...given('maxProperties', numberOf(tree, 'maxProperties')),
    dependentRequired,
    dependentSchemas,
  }
}

export function arrayRule(tree: JsonObject, draft: Draft, child: Child): ArrayRule {
  const modern = isModern(draft)
  const items = tree.get('items')
  const prefix = modern ? tree.get('prefixItems') : undefined
  const tuple = Array.isArray(prefix) ? prefix : Array.isArray(items) ? items : []
  const unevaluated = modern ? tree.get('unevaluatedItems') : undefined
  const contains = modern && tree.has('contains') ? (numberOf(tree, 'minContains') ?? 1) : numberOf(tree, 'minContains')
  return {
    kind: 'array',
    tuple: tuple.map(child),
    ...(modern ? modernItems(items, tuple.length > 0, child) : classicItems(items, tree.get('additionalItems'), child)),
    ...given('unevaluated', unevaluated === undefined ? undefined : child(unevaluated)),
    ...given('minItems', numberOf(tree, 'minItems')),
    ...given('maxItems', numberOf(tree, 'maxItems')),
    ...given('minContains', contains),
    ...given('maxContains', numberOf(tree, 'maxContains')),
    uniqueItems: tree.get('uniqueItems') === true,
  }
}

type Items = Pick<ArrayRule, 'all' | 'additional' | 'permitsAdditional'>

function modernItems(items: JsonTree | undefined, afterPrefix: boolean, child: Child): Items {
  if (items === false) return { permitsAdditional: false }
  if (items === undefined || items === true || Array.isArray(items)) return { permitsAdditional: true }
  return { permitsAdditional: true, [afterPrefix ? 'additional' : 'all']: child(items) }
}

function classicItems(items: JsonTree | undefined, more: JsonTree | undefined, child: Child): Items {
  const all = items === undefined || Array.isArray(items) ? undefined : child(items)
  return {
    ...given('all', all),
    permitsAdditional: more !== false || all !== undefined,
    ...given('additional', more === undefined || typeof more === 'boolean' ? undefined : child(more)),
  }
}
