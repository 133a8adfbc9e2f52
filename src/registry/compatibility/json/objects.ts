import type { ObjectRule, Rule } from '../../schemas/json/rules.ts'
import { isSubset } from '../subset.ts'
import { additional } from './additional.ts'
import type { Differences } from './diff.ts'
import { limit } from './scalars.ts'
import { compareUnevaluated } from './unevaluated.ts'

export function objects(into: Differences, original: ObjectRule, update: ObjectRule): void {
  into.at('required', (below) => required(below, original, update))
  into.at('properties', (below) => {
    for (const name of new Set([...original.properties.keys(), ...update.properties.keys()])) {
      below.at(name, (at) => property(at, name, original, update))
    }
  })
  into.at('dependencies', (below) => dependencies(below, original, update))
  into.at('additionalProperties', (below) => additional(below, 'ADDITIONAL_PROPERTIES', original, update))
  compareUnevaluated(into, 'unevaluatedProperties', original.unevaluated, update.unevaluated)
  limit(into, 'maxProperties', 'MAX_PROPERTIES', original.maxProperties, update.maxProperties)
  limit(into, 'minProperties', 'MIN_PROPERTIES', original.minProperties, update.minProperties)
}

function required(into: Differences, original: ObjectRule, update: ObjectRule): void {
  for (const name of original.properties.keys()) {
    const rule = update.properties.get(name)
    const [before, after] = [original.required.has(name), update.required.has(name)]
    if (!rule || before === after) continue
    if (before) into.add('REQUIRED_ATTRIBUTE_REMOVED', name)
    else into.add(hasDefault(rule) ? 'REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED' : 'REQUIRED_ATTRIBUTE_ADDED', name)
  }
}

function property(into: Differences, name: string, original: ObjectRule, update: ObjectRule): void {
  const [before, after] = [original.properties.get(name), update.properties.get(name)]
  if (before && after) into.compare(before, after)
  else if (before) removed(into, name, before, update)
  else if (after) added(into, name, after, original, update)
}

/** Whether a removed property may still come depends on what the newer schema says of unnamed ones. */
function removed(into: Differences, name: string, rule: Rule, update: ObjectRule): void {
  if (isOpen(update)) {
    into.add('PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL')
    return
  }
  const unnamed = ruleOfUnnamed(into, update, name)
  if (!unnamed) {
    const never = rule.kind === 'false'
    into.add(`PROPERTY_${never ? 'WITH_FALSE_' : ''}REMOVED_FROM_CLOSED_CONTENT_MODEL`)
    return
  }
  const trial = into.trial(rule, unnamed)
  into.take(trial)
  into.add(`PROPERTY_REMOVED_${trial.harmless ? 'IS' : 'NOT'}_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL`)
}

/** Where the older schema let anything come under an unnamed property, naming it may refuse what is there. */
function added(into: Differences, name: string, rule: Rule, original: ObjectRule, update: ObjectRule): void {
  const needed = update.required.has(name) ? (hasDefault(rule) ? 'REQUIRED_WITH_DEFAULT' : 'REQUIRED') : 'OPTIONAL'
  const [who, how] = needed === 'REQUIRED_WITH_DEFAULT' ? ['REQUIRED', '_WITH_DEFAULT'] : [needed, '']
  if (isOpen(original)) {
    const anything = rule.kind === 'empty' || rule.kind === 'true'
    if (anything) {
      into.add('PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL')
      return
    }
    into.add(`${who}_PROPERTY${how}_ADDED_TO_OPEN_CONTENT_MODEL`)
    return
  }
  const unnamed = ruleOfUnnamed(into, original, name)
  if (unnamed) {
    const trial = into.trial(unnamed, rule)
    into.take(trial)
    into.add(`PROPERTY_ADDED_${trial.harmless ? 'IS' : 'NOT'}_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL`)
  }
  into.add(`${who}_PROPERTY${how}_ADDED_TO_UNOPEN_CONTENT_MODEL`)
}

function dependencies(into: Differences, original: ObjectRule, update: ObjectRule): void {
  for (const name of new Set([...original.dependentRequired.keys(), ...update.dependentRequired.keys()])) {
    const [before, after] = [original.dependentRequired.get(name), update.dependentRequired.get(name)]
    if (!after) into.add('DEPENDENCY_ARRAY_REMOVED', name)
    else if (!before) into.add('DEPENDENCY_ARRAY_ADDED', name)
    else {
      const [kept, within] = [isSubset(before, after), isSubset(after, before)]
      if (!kept || !within) into.add(`DEPENDENCY_ARRAY_${kept ? 'EXTENDED' : within ? 'NARROWED' : 'CHANGED'}`, name)
    }
  }
  for (const name of new Set([...original.dependentSchemas.keys(), ...update.dependentSchemas.keys()])) {
    const [before, after] = [original.dependentSchemas.get(name), update.dependentSchemas.get(name)]
    if (!after) into.add('DEPENDENCY_SCHEMA_REMOVED', name)
    else if (!before) into.add('DEPENDENCY_SCHEMA_ADDED', name)
    else into.at(name, (below) => below.compare(before, after))
  }
}

function hasDefault(rule: Rule): boolean {
  return rule.notes.defaultValue !== undefined
}

/** Anything may come under a name that the schema does not have. */
function isOpen(rule: ObjectRule): boolean {
  const unevaluated = rule.unevaluated?.kind
  if (!rule.permitsAdditional || rule.additional || rule.patternProperties.size > 0) return false
  return unevaluated === undefined || unevaluated === 'empty' || unevaluated === 'true'
}

/** What must fit a property that the schema does not name, where it is neither open nor closed to it. */
function ruleOfUnnamed({ patterns }: Differences, rule: ObjectRule, name: string): Rule | undefined {
  for (const [pattern, found] of rule.patternProperties) if (patterns.matches(pattern, name)) return found
  if (rule.additional) return rule.additional
  const unevaluated = rule.permitsAdditional ? rule.unevaluated : undefined
  return unevaluated && !['false', 'empty', 'true'].includes(unevaluated.kind) ? unevaluated : undefined
}
