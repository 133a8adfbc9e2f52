import type { Rule } from '../../schemas/json/rules.ts'
import type { Differences } from './diff.ts'

/** `unevaluatedProperties` and `unevaluatedItems`: none is like one that lets anything pass. */
export function compareUnevaluated(
  into: Differences,
  keyword: 'unevaluatedProperties' | 'unevaluatedItems',
  original: Rule | undefined,
  update: Rule | undefined,
): void {
  if (!original && !update) return
  const name = keyword === 'unevaluatedItems' ? 'UNEVALUATED_ITEMS' : 'UNEVALUATED_PROPERTIES'
  into.at(keyword, (below) => {
    const change = changeOf(original, update)
    if (change) below.add(`${name}_${change}`)
    else below.compare(original, update)
  })
}

function isAnything(rule: Rule): boolean {
  return rule.kind === 'empty' || rule.kind === 'true'
}

function changeOf(original: Rule | undefined, update: Rule | undefined): string | undefined {
  if (!original) return update?.kind === 'false' ? 'REMOVED' : 'NARROWED'
  if (!update) return original.kind === 'false' ? 'ADDED' : 'EXTENDED'
  if ((original.kind === 'false') !== (update.kind === 'false')) return original.kind === 'false' ? 'ADDED' : 'REMOVED'
  if (isAnything(original) !== isAnything(update)) return isAnything(original) ? 'NARROWED' : 'EXTENDED'
  return undefined
}
