import type { SchemaVersion } from '../../../http/console/api.ts'

export interface DifferenceLine {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
}

/** Beyond so many pairs of lines the whole is shown as removed and added: the comparison takes their product. */
const MOST_PAIRS = 4_000_000

/** A schema as people write it. */
export function pretty({ type, schema }: Pick<SchemaVersion, 'type' | 'schema'>): string {
  if (type === 'PROTOBUF') return schema
  try {
    return JSON.stringify(JSON.parse(schema), undefined, 2)
  } catch {
    return schema
  }
}

/** Line by line what one text has and the other has not, by their longest common lines. */
export function differences(older: string, newer: string): DifferenceLine[] {
  const before = older.split('\n')
  const after = newer.split('\n')
  const line = (kind: DifferenceLine['kind']) => (text: string) => ({ kind, text })
  if (before.length * after.length > MOST_PAIRS) return [...before.map(line('removed')), ...after.map(line('added'))]
  const common = commonLines(before, after)
  const found: DifferenceLine[] = []
  let at = 0
  let other = 0
  while (at < before.length || other < after.length) {
    const [old, own] = [before[at], after[other]]
    if (old !== undefined && old === own) {
      found.push({ kind: 'same', text: old })
      at += 1
      other += 1
    } else if (
      own === undefined ||
      (old !== undefined && lengthAt(common, at + 1, other) >= lengthAt(common, at, other + 1))
    ) {
      found.push({ kind: 'removed', text: old ?? '' })
      at += 1
    } else {
      found.push({ kind: 'added', text: own })
      other += 1
    }
  }
  return found
}

/** How many lines the two have in common from each pair of places on. */
function commonLines(before: readonly string[], after: readonly string[]): readonly Uint32Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1))
  for (let at = before.length - 1; at >= 0; at -= 1) {
    const row = rows[at]
    if (row === undefined) continue
    for (let other = after.length - 1; other >= 0; other -= 1) {
      row[other] =
        before[at] === after[other]
          ? lengthAt(rows, at + 1, other + 1) + 1
          : Math.max(lengthAt(rows, at + 1, other), lengthAt(rows, at, other + 1))
    }
  }
  return rows
}

const lengthAt = (rows: readonly Uint32Array[], at: number, other: number): number => rows[at]?.[other] ?? 0
