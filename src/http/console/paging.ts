import type { Page, PageQuery } from './api.ts'

const DEFAULT_LIMIT = 50

export interface PageRules<Row> {
  readonly query: PageQuery
  readonly textOf: (row: Row) => string
  /** What rows are ordered by; those without it come last, whichever the order. */
  readonly keyOf: (row: Row) => string | number | undefined
}

/** Those that match, in order, and how many there are. */
export function matching<Row>(rows: readonly Row[], { query, textOf, keyOf }: PageRules<Row>): Row[] {
  const wanted = query.search?.trim().toLowerCase() ?? ''
  const found = wanted === '' ? [...rows] : rows.filter((row) => textOf(row).toLowerCase().includes(wanted))
  const sign = query.order === 'descending' ? -1 : 1
  return found.sort((a, b) => {
    const one = keyOf(a)
    const other = keyOf(b)
    if (one === undefined || other === undefined) return one === other ? 0 : one === undefined ? 1 : -1
    if (one === other) return compare(textOf(a), textOf(b))
    return sign * compare(one, other)
  })
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function sliceOf<Row>(rows: readonly Row[], { offset = 0, limit = DEFAULT_LIMIT }: PageQuery): Row[] {
  return rows.slice(offset, offset + limit)
}

export function pageOf<Row>(rows: readonly Row[], rules: PageRules<Row>, warnings: readonly string[] = []): Page<Row> {
  const found = matching(rows, rules)
  return { rows: sliceOf(found, rules.query), total: found.length, warnings }
}
