import { stripVTControlCharacters, styleText } from 'node:util'

export type Cell = string | number | boolean | null | undefined

export interface Column<T> {
  readonly title: string
  readonly value: (row: T) => Cell
  readonly isNumber?: boolean
}

/** Columns for people, as wide as their widest cell. Nothing that a value holds can move the cursor or change colours. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const cells = rows.map((row) => columns.map(({ value }) => shown(value(row))))
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)))
  const line = (texts: readonly string[]) =>
    texts
      .map((text, at) => (columns[at]?.isNumber ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd()
  const head = line(columns.map(({ title }) => title))
  return [bold(head), ...cells.map(line)].join('\n')
}

function shown(cell: Cell): string {
  if (cell === null || cell === undefined || cell === '') return '-'
  return printable(String(cell))
}

const CONTROL = /\p{Cc}/gu

export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(CONTROL, '·')
}

/** Colours are for terminals alone, and for those who want them. */
export function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout })
}

export function bad(text: string): string {
  return styleText('red', text, { stream: process.stdout })
}

export function good(text: string): string {
  return styleText('green', text, { stream: process.stdout })
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  for (; Math.abs(value) >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`
}
