import { type Column, table } from './table.ts'

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** For programs: one document. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

/** For programs: one line of many. */
export function printLine(value: unknown): void {
  print(JSON.stringify(value))
}

/** A table for people, a list for programs. */
export function printRows<T>(isJson: boolean, rows: readonly T[], columns: readonly Column<T>[], none: string): void {
  if (isJson) printJson(rows)
  else print(rows.length === 0 ? none : table(columns, rows))
}

/** What is told beside the output: it never gets into a pipe. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}
