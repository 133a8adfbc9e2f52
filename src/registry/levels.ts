import type { CompatibilityLevel } from './entities.ts'
import type { ParsedSchema } from './schemas/schema-type.ts'

export interface EarlierSchema {
  readonly version: number
  /** Parsed when it is compared: of long histories mostly one is. */
  readonly parsed: () => ParsedSchema
}

/** A message shows no more of a schema. */
const MAX_SHOWN = 10 * 1024

/** Why a schema can't follow the earlier ones (oldest first) at this level; nothing where it can. */
export function compatibilityProblems(
  level: CompatibilityLevel,
  next: ParsedSchema,
  earlier: readonly EarlierSchema[],
): string[] {
  if (level === 'NONE') return []
  const newestFirst = [...earlier].reverse()
  const compared = level.endsWith('_TRANSITIVE') ? newestFirst : newestFirst.slice(0, 1)
  for (const { version, parsed } of compared) {
    const old = parsed()
    if (old.type !== next.type) return ['Incompatible because of different schema type']
    const problems = between(level, next, old)
    if (problems.length > 0) return [...problems, `{oldSchemaVersion: ${version}}`, shown(old.canonical)]
  }
  return []
}

function between(level: CompatibilityLevel, next: ParsedSchema, old: ParsedSchema): string[] {
  const readsOld = level.startsWith('FORWARD') ? [] : next.backwardProblems(old)
  const readByOld = level.startsWith('BACKWARD') ? [] : old.backwardProblems(next)
  return [...readByOld.map(exchanged), ...readsOld]
}

/** Problems are told of a new schema that reads what an old one wrote. Here it is the other way round. */
function exchanged(problem: string): string {
  return problem.replace(/\bthe (new|old) schema\b/g, (_all, which) => `the ${which === 'new' ? 'old' : 'new'} schema`)
}

function shown(schema: string): string {
  return schema.length <= MAX_SHOWN
    ? `{oldSchema: '${schema}'}`
    : `{oldSchema: <truncated> '${schema.slice(0, MAX_SHOWN)}...'}`
}
