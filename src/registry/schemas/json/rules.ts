import type { JsonTree } from '../json-tree.ts'

/** What a schema says besides its rule. */
export interface Notes {
  readonly id?: string
  readonly title?: string
  readonly description?: string
  /** As sorted JSON text. */
  readonly defaultValue?: string
  /** How Kafka Connect's converter meant the value. */
  readonly connectType?: string
}

export type Criterion = 'allOf' | 'anyOf' | 'oneOf'

export interface StringRule {
  readonly kind: 'string'
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
}

export interface NumberRule {
  readonly kind: 'number'
  readonly integer: boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  /** As it was written: decimals are compared exactly. */
  readonly multipleOf?: string
}

export interface ObjectRule {
  readonly kind: 'object'
  readonly properties: ReadonlyMap<string, Rule>
  readonly patternProperties: ReadonlyMap<string, Rule>
  readonly required: ReadonlySet<string>
  readonly permitsAdditional: boolean
  readonly additional?: Rule
  readonly unevaluated?: Rule
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly dependentRequired: ReadonlyMap<string, ReadonlySet<string>>
  readonly dependentSchemas: ReadonlyMap<string, Rule>
}

export interface ArrayRule {
  readonly kind: 'array'
  /** What every item is. */
  readonly all?: Rule
  /** What the first items are, one after the other. */
  readonly tuple: readonly Rule[]
  readonly permitsAdditional: boolean
  readonly additional?: Rule
  readonly unevaluated?: Rule
  readonly minItems?: number
  readonly maxItems?: number
  readonly minContains?: number
  readonly maxContains?: number
  readonly uniqueItems: boolean
}

export interface CombinedRule {
  readonly kind: 'combined'
  readonly criterion: Criterion
  readonly rules: readonly Rule[]
  /** Made of a schema's own keywords, not of an `allOf` or `anyOf` in its text. */
  readonly generated: boolean
}

/** Resolved when it is asked for, because definitions mention each other. */
export interface ReferenceRule {
  readonly kind: 'reference'
  readonly text: string
  readonly target: () => Rule
}

export type Shape =
  | { readonly kind: 'empty' | 'true' | 'false' | 'boolean' | 'null' | 'conditional' }
  | StringRule
  | NumberRule
  | ObjectRule
  | ArrayRule
  | CombinedRule
  | ReferenceRule
  | { readonly kind: 'const'; readonly value: string }
  | { readonly kind: 'enum'; readonly values: ReadonlySet<string> }
  | { readonly kind: 'not'; readonly rule: Rule }

/** A schema, or one of the several that a schema with keywords of several types comes to. */
export type Rule = Shape & { readonly notes: Notes }

export const NO_NOTES: Notes = {}

/** One text for rules that say the same; a reference counts by its text. */
export function ruleKey(rule: Rule): string {
  return JSON.stringify(rule, (_, value: unknown) => {
    if (value instanceof Map) return { map: [...value] }
    if (value instanceof Set) return { set: [...value].map(String).sort() }
    return value
  })
}

export type Draft = '4' | '6' | '7' | '2019-09' | '2020-12'

const DRAFTS: readonly (readonly [RegExp, Draft])[] = [
  [/^https?:\/\/json-schema\.org\/(?:draft-04\/)?schema#?$/, '4'],
  [/^https?:\/\/json-schema\.org\/draft-06\/schema#?$/, '6'],
  [/^https?:\/\/json-schema\.org\/draft-07\/schema#?$/, '7'],
  [/^https?:\/\/json-schema\.org\/draft\/2019-09\/schema#?$/, '2019-09'],
  [/^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/, '2020-12'],
]

/** The draft that a document says it follows; draft 7 where it says none that is known. */
export function draftOf(tree: JsonTree): Draft {
  const name = tree instanceof Map ? tree.get('$schema') : undefined
  if (typeof name !== 'string') return '7'
  return DRAFTS.find(([pattern]) => pattern.test(name))?.[1] ?? '7'
}

export function isModern(draft: Draft): boolean {
  return draft === '2019-09' || draft === '2020-12'
}
