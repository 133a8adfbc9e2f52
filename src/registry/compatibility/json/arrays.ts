import type { ArrayRule, Rule } from '../../schemas/json/rules.ts'
import { additional } from './additional.ts'
import type { Differences } from './diff.ts'
import { limit } from './scalars.ts'
import { compareUnevaluated } from './unevaluated.ts'

export function arrays(into: Differences, original: ArrayRule, update: ArrayRule): void {
  into.at('items', (below) => below.compare(original.all, update.all))
  const longest = Math.max(original.tuple.length, update.tuple.length)
  for (let at = 0; at < longest; at += 1) into.at(`items/${at}`, (below) => item(below, at, original, update))
  into.at('additionalItems', (below) => additional(below, 'ADDITIONAL_ITEMS', original, update))
  compareUnevaluated(into, 'unevaluatedItems', original.unevaluated, update.unevaluated)
  limit(into, 'maxItems', 'MAX_ITEMS', original.maxItems, update.maxItems)
  limit(into, 'minItems', 'MIN_ITEMS', original.minItems, update.minItems)
  if (original.uniqueItems !== update.uniqueItems) {
    into.add(original.uniqueItems ? 'UNIQUE_ITEMS_REMOVED' : 'UNIQUE_ITEMS_ADDED', 'uniqueItems')
  }
  limit(into, 'maxContains', 'MAX_CONTAINS', original.maxContains, update.maxContains)
  limit(into, 'minContains', 'MIN_CONTAINS', original.minContains, update.minContains)
}

function item(into: Differences, at: number, original: ArrayRule, update: ArrayRule): void {
  const [before, after] = [original.tuple[at], update.tuple[at]]
  if (before && after) into.compare(before, after)
  else if (before) removed(into, before, update)
  else if (after) added(into, after, original)
}

function removed(into: Differences, rule: Rule, update: ArrayRule): void {
  if (isOpen(update)) {
    into.add('ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL')
    return
  }
  const further = ruleOfFurther(update)
  if (!further) {
    into.add(`ITEM_${rule.kind === 'false' ? 'WITH_FALSE_' : ''}REMOVED_FROM_CLOSED_CONTENT_MODEL`)
    return
  }
  const trial = into.trial(rule, further)
  into.take(trial)
  into.add(`ITEM_REMOVED_${trial.harmless ? 'IS' : 'NOT'}_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL`)
}

function added(into: Differences, rule: Rule, original: ArrayRule): void {
  if (isOpen(original)) {
    const anything = rule.kind === 'empty' || rule.kind === 'true'
    into.add(`ITEM_${anything ? 'WITH_EMPTY_SCHEMA_' : ''}ADDED_TO_OPEN_CONTENT_MODEL`)
    return
  }
  const further = ruleOfFurther(original)
  if (!further) {
    into.add('ITEM_ADDED_TO_CLOSED_CONTENT_MODEL')
    return
  }
  const trial = into.trial(further, rule)
  into.take(trial)
  into.add(`ITEM_ADDED_${trial.harmless ? 'IS' : 'NOT'}_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL`)
}

/** Anything may follow the items that the schema speaks of. */
function isOpen(rule: ArrayRule): boolean {
  const unevaluated = rule.unevaluated?.kind
  if (!rule.permitsAdditional || rule.additional) return false
  return unevaluated === undefined || unevaluated === 'empty' || unevaluated === 'true'
}

function ruleOfFurther(rule: ArrayRule): Rule | undefined {
  if (rule.additional) return rule.additional
  const unevaluated = rule.permitsAdditional ? rule.unevaluated : undefined
  return unevaluated && !['false', 'empty', 'true'].includes(unevaluated.kind) ? unevaluated : undefined
}
