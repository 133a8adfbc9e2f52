import type { RoleNames } from '../../schemas/schema-type.ts'

/** One way in which a schema differs from an older one, by Confluent's name, at a path like `#/properties/a`. */
export interface Difference {
  readonly type: string
  readonly path: string
}

/** Differences after which the newer schema still reads everything that fits the older one. */
const HARMLESS = new Set(
  `ID_CHANGED DESCRIPTION_CHANGED TITLE_CHANGED DEFAULT_CHANGED SCHEMA_REMOVED TYPE_EXTENDED
  MAX_LENGTH_INCREASED MAX_LENGTH_REMOVED MIN_LENGTH_DECREASED MIN_LENGTH_REMOVED PATTERN_REMOVED
  MAXIMUM_INCREASED MAXIMUM_REMOVED MINIMUM_DECREASED MINIMUM_REMOVED
  EXCLUSIVE_MAXIMUM_INCREASED EXCLUSIVE_MAXIMUM_REMOVED EXCLUSIVE_MINIMUM_DECREASED EXCLUSIVE_MINIMUM_REMOVED
  MULTIPLE_OF_REDUCED MULTIPLE_OF_REMOVED REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED REQUIRED_ATTRIBUTE_REMOVED
  DEPENDENCY_ARRAY_NARROWED DEPENDENCY_ARRAY_REMOVED DEPENDENCY_SCHEMA_REMOVED
  MAX_PROPERTIES_INCREASED MAX_PROPERTIES_REMOVED MIN_PROPERTIES_DECREASED MIN_PROPERTIES_REMOVED
  ADDITIONAL_PROPERTIES_ADDED ADDITIONAL_PROPERTIES_EXTENDED
  UNEVALUATED_PROPERTIES_ADDED UNEVALUATED_PROPERTIES_EXTENDED
  PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN_CONTENT_MODEL
  OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL
  PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL
  PROPERTY_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL
  MAX_ITEMS_INCREASED MAX_ITEMS_REMOVED MIN_ITEMS_DECREASED MIN_ITEMS_REMOVED
  MAX_CONTAINS_INCREASED MAX_CONTAINS_REMOVED MIN_CONTAINS_DECREASED MIN_CONTAINS_REMOVED UNIQUE_ITEMS_REMOVED
  ADDITIONAL_ITEMS_ADDED ADDITIONAL_ITEMS_EXTENDED UNEVALUATED_ITEMS_ADDED UNEVALUATED_ITEMS_EXTENDED
  ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL ITEM_ADDED_TO_CLOSED_CONTENT_MODEL
  ITEM_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL
  ITEM_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL ITEM_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL
  ENUM_ARRAY_EXTENDED COMBINED_TYPE_EXTENDED PRODUCT_TYPE_NARROWED SUM_TYPE_EXTENDED NOT_TYPE_NARROWED`.split(/\s+/),
)

export function isHarmless({ type }: Difference): boolean {
  return HARMLESS.has(type)
}

type Sentence = (path: string, names: RoleNames) => string

const missingKeyword: Sentence = (path, { reader, writer }) =>
  `The keyword at path '${path}' in the ${reader} schema is not present in the ${writer} schema`
const comparedAs =
  (word: string): Sentence =>
  (path, { reader, writer }) =>
    `The value at path '${path}' in the ${reader} schema is ${word} than its value in the ${writer} schema`
const changedValue: Sentence = (path, { reader, writer }) =>
  `The value at path '${path}' is different between the ${reader} and ${writer} schema`
const elements =
  (word: string): Sentence =>
  (path, { reader, writer }) =>
    `An array or combined type at path '${path}' has ${word} elements in the ${reader} schema than the ${writer} schema`
const changedType: Sentence = (path, { reader, writer }) =>
  `A type at path '${path}' is different between the ${reader} schema and the ${writer} schema`
const addedToOpen: Sentence = (path, { reader, writer }) =>
  `The ${reader} schema has an open content model and has a property or item at path '${path}' ` +
  `which is missing in the ${writer} schema`
const requiredAdded: Sentence = (path, { reader, writer }) =>
  `The ${reader} schema has an unopen content model and has a required property at path '${path}' ` +
  `which is missing in the ${writer} schema`
const removedFromClosed: Sentence = (path, { reader, writer }) =>
  `The ${reader} has a closed content model and is missing a property or item present at path '${path}' ` +
  `in the ${writer} schema`
const removedNotCovered: Sentence = (path, { reader, writer }) =>
  `A property or item is missing in the ${reader} schema but present at path '${path}' in the ${writer} schema ` +
  'and is not covered by its partially open content model'
const addedNotCovered: Sentence = (path, { reader, writer }) =>
  `The ${reader} schema has a property or item at path '${path}' which is missing in the ${writer} schema ` +
  'and is not covered by its partially open content model'

/** Which sentence tells of which differences; the first that fits. */
const SENTENCES: readonly (readonly [RegExp, Sentence])[] = [
  [/^(REQUIRED_PROPERTY|OPTIONAL_PROPERTY|ITEM)_(WITH_DEFAULT_)?ADDED_TO_OPEN_CONTENT_MODEL$/, addedToOpen],
  [/^REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL$/, requiredAdded],
  [/^(PROPERTY|ITEM)_REMOVED_FROM_CLOSED_CONTENT_MODEL$/, removedFromClosed],
  [/_REMOVED_NOT_COVERED_BY_/, removedNotCovered],
  [/_ADDED_NOT_COVERED_BY_/, addedNotCovered],
  [/^(ADDITIONAL|UNEVALUATED)_(ITEMS|PROPERTIES)_REMOVED$/, missingKeyword],
  [/^(ADDITIONAL|UNEVALUATED)_(ITEMS|PROPERTIES)_NARROWED$|^(ENUM_ARRAY|SUM_TYPE)_NARROWED$/, elements('fewer')],
  [/^(DEPENDENCY_ARRAY|PRODUCT_TYPE|SUM_TYPE|NOT_TYPE)_EXTENDED$/, elements('more')],
  [/^(TYPE_CHANGED|TYPE_NARROWED|COMBINED_TYPE_.*|ENUM_ARRAY_CHANGED)$/, changedType],
  [/^(PATTERN|MULTIPLE_OF|DEPENDENCY_ARRAY)_CHANGED$/, changedValue],
  [/_INCREASED$|^MULTIPLE_OF_EXPANDED$/, comparedAs('more')],
  [/_DECREASED$/, comparedAs('less')],
  [/^SCHEMA_ADDED$/, () => ''],
  [/_ADDED$/, missingKeyword],
]

/** The line that a registry answers with; its quotes are as odd in Confluent's. */
export function line({ type, path }: Difference, names: RoleNames): string {
  const sentence = SENTENCES.find(([pattern]) => pattern.test(type))?.[1]
  return `{errorType:"${type}", description:"${sentence?.(path, names) ?? ''}'}`
}
