import type { Rule } from '../../schemas/json/rules.ts'
import type { RoleNames } from '../../schemas/schema-type.ts'
import { differences } from './diff.ts'
import { isHarmless, line } from './difference.ts'

/** The lines that a registry answers with where `update` refuses what fits `original`. */
export function jsonMessages(original: Rule, update: Rule, names: RoleNames): string[] {
  try {
    return differences(original, update)
      .filter((difference) => !isHarmless(difference))
      .map((difference) => line(difference, names))
  } catch (error) {
    return [`Unexpected exception during compatibility check: ${error instanceof Error ? error.message : error}`]
  }
}
