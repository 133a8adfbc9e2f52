import type { ArrayRule, ObjectRule } from '../../schemas/json/rules.ts'
import type { Differences } from './diff.ts'

type Content = Pick<ArrayRule | ObjectRule, 'permitsAdditional' | 'additional'>

/** What two schemas say of the items or properties that they do not name. */
export function additional(
  into: Differences,
  what: 'ADDITIONAL_ITEMS' | 'ADDITIONAL_PROPERTIES',
  original: Content,
  update: Content,
): void {
  if (original.permitsAdditional !== update.permitsAdditional) {
    into.add(`${what}_${original.permitsAdditional ? 'REMOVED' : 'ADDED'}`)
  } else if (!original.additional && update.additional) into.add(`${what}_NARROWED`)
  else if (original.additional && !update.additional) into.add(`${what}_EXTENDED`)
  else into.compare(original.additional, update.additional)
}
