/** As many pairs as possible, each row and each column in one pair at most: augmenting paths. */
export function maximumMatching(
  rows: number,
  columns: number,
  fits: (row: number, column: number) => boolean,
): (readonly [row: number, column: number])[] {
  const rowOf: (number | undefined)[] = Array.from({ length: columns })
  const place = (row: number, tried: Set<number>): boolean => {
    for (let column = 0; column < columns; column += 1) {
      if (tried.has(column) || !fits(row, column)) continue
      tried.add(column)
      const holder = rowOf[column]
      if (holder !== undefined && !place(holder, tried)) continue
      rowOf[column] = row
      return true
    }
    return false
  }
  for (let row = 0; row < rows; row += 1) place(row, new Set())
  return rowOf.flatMap((row, column) => (row === undefined ? [] : [[row, column] as const]))
}
