import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { Select } from './form.tsx'
import { Icon } from './icon.tsx'
import { useShortcut } from './keyboard.ts'
import { navigate } from './router.tsx'
import { Empty } from './states.tsx'
import { useWindow } from './window.ts'

export interface Column<Row> {
  readonly id: string
  readonly title: ReactNode
  readonly cell: (row: Row) => ReactNode
  /** What a local table sorts by; without it, it can't be sorted by this column (of a remote table: `sortable`). */
  readonly sortBy?: (row: Row) => number | string | undefined
  readonly sortable?: boolean
  /** `12ch`, `80px`, `30%`; without it, it takes what is left. */
  readonly width?: string
  /** The same on phones, where it differs. */
  readonly phone?: string
  /** Numbers stand at the end. */
  readonly align?: 'end'
  /** Left out on narrower screens: `desk` on phones, `wide` on phones and small windows. */
  readonly from?: 'desk' | 'wide'
  /** More about the title. */
  readonly hint?: string
}

export interface Sort {
  readonly id: string
  readonly descending: boolean
}

export interface TableProps<Row> {
  /** For those who can not see it: what is listed. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly total: number
  /** Undefined: it is on its way. */
  readonly rowAt: (at: number) => Row | undefined
  readonly rowKey: (row: Row) => string
  /** Which rows are in view. */
  readonly onView?: (first: number, last: number) => void
  readonly sort?: Sort | undefined
  readonly onSort?: (sort: Sort) => void
  /** Where Enter or a click on a row leads; or what it does. */
  readonly href?: (row: Row) => string
  readonly onOpen?: (row: Row) => void
  /** j, k or an arrow went to it. */
  readonly onMove?: (row: Row) => void
  /** What it opens is beside the table now. */
  readonly isOpen?: (row: Row) => boolean
  /** Instead of rows, where there are none. */
  readonly empty?: ReactNode
}

const CLASS_FROM = { desk: 'from-desk', wide: 'from-wide' } as const

function classOf(column: Column<never>): string {
  return [column.align, column.from && CLASS_FROM[column.from]].filter(Boolean).join(' ')
}

/**
 * A table of any length: only rows in view are in the page, all of one height. It scrolls with the page, its head stays. j and k (or the
 * arrows, with the focus in it) go through the rows, Enter opens.
 *
 * `LocalTable` sorts and filters what is there; `RemoteTable` asks the broker for what is in view.
 */
export function Table<Row>(props: TableProps<Row>) {
  const { label, columns, total, rowAt, rowKey, onView, sort, onSort, href, onOpen, onMove, isOpen, empty } = props
  const table = useRef<HTMLTableElement>(null)
  const { first, last, rowHeight } = useWindow(table, total)
  const [active, setActive] = useState(-1)
  const tell = useRef(onView)
  tell.current = onView
  useEffect(() => tell.current?.(first, last), [first, last])

  const open = (row: Row | undefined) => {
    if (row === undefined) return
    if (onOpen !== undefined) onOpen(row)
    else if (href !== undefined) navigate(href(row))
  }
  const move = (by: number) => {
    const next = Math.min(total - 1, Math.max(0, active + by))
    setActive(next)
    const row = rowAt(next)
    if (row !== undefined) onMove?.(row)
    const element = table.current
    if (element === null || total === 0) return
    const main = element.closest('.main')
    const top = element.getBoundingClientRect().top + next * rowHeight + 32
    const bottom = top + rowHeight
    const view = main?.getBoundingClientRect() ?? new DOMRect(0, 0, 0, window.innerHeight)
    if (top < view.top + 40) main?.scrollBy({ top: top - view.top - 40 })
    else if (bottom > view.bottom - 8) main?.scrollBy({ top: bottom - view.bottom + 8 })
  }
  /** Whoever sorts wants to see what comes first. */
  const sortAnew = (by: Sort) => {
    onSort?.(by)
    const scroller = table.current?.closest('.dialog-body, .scroll, .main')
    const above = (scroller?.getBoundingClientRect().top ?? 0) - (table.current?.getBoundingClientRect().top ?? 0)
    if (above > 0) scroller?.scrollBy({ top: -above })
  }
  const opens = href !== undefined || onOpen !== undefined
  useShortcut('j', 'Next row', () => move(1), 'Tables')
  useShortcut('k', 'Row before', () => move(-1), 'Tables')
  useShortcut(
    'Enter',
    'Open the row',
    (event) => {
      if (event.target instanceof HTMLElement && event.target.closest('a, button') !== null) event.target.click()
      else if (active >= 0) open(rowAt(active))
    },
    'Tables',
  )
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    move(event.key === 'ArrowDown' ? 1 : -1)
  }

  if (total === 0 && empty !== undefined) return <div className="card">{empty}</div>
  const rows = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at)
  return (
    <table className="table" ref={table} aria-label={label} aria-rowcount={total + 1} onKeyDown={onKeyDown}>
      <colgroup>
        {columns.map(({ id, width, phone = width, from }) => (
          <col key={id} className={from && CLASS_FROM[from]} style={widths(width, phone)} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((column) => (
            <HeadCell key={column.id} column={column} sort={sort} onSort={onSort && sortAnew} />
          ))}
        </tr>
      </thead>
      <tbody>
        {first > 0 && <Spacer rows={first} height={rowHeight} />}
        {rows.map((at) => {
          const row = rowAt(at)
          return (
            <tr
              key={row === undefined ? `at ${at}` : rowKey(row)}
              className="line"
              aria-rowindex={at + 2}
              data-active={row !== undefined && isOpen !== undefined ? isOpen(row) || at === active : at === active}
              data-opens={opens}
              onClick={(event) => {
                const isControl =
                  event.target instanceof Element && event.target.closest('a, button, input, label, select') !== null
                const isSelection = (window.getSelection()?.toString() ?? '') !== ''
                if (isControl || isSelection) return
                setActive(at)
                open(row)
              }}
            >
              {columns.map((column) => (
                <td key={column.id} className={classOf(column)}>
                  {row === undefined ? <span className="quiet">…</span> : column.cell(row)}
                </td>
              ))}
            </tr>
          )
        })}
        {last < total && <Spacer rows={total - last} height={rowHeight} />}
      </tbody>
    </table>
  )
}

/** The style sheet takes the one that the screen asks for. */
function widths(width = 'auto', phone = 'auto'): CSSProperties {
  return { '--width': width, '--phone': phone } as CSSProperties
}

/** Of one cell: one over all columns would bring back those that narrow screens leave out. */
function Spacer({ rows, height }: { readonly rows: number; readonly height: number }) {
  return (
    <tr className="spacer">
      <td style={{ height: rows * height }} />
    </tr>
  )
}

interface HeadCellProps {
  readonly column: Column<never>
  readonly sort: Sort | undefined
  readonly onSort: ((sort: Sort) => void) | undefined
}

function HeadCell({ column, sort, onSort }: HeadCellProps) {
  const { id, title, hint, sortBy, sortable = sortBy !== undefined, align } = column
  const isSorted = sort?.id === id
  const way = !isSorted ? undefined : sort.descending ? 'descending' : 'ascending'
  if (!sortable || onSort === undefined) {
    return (
      <th scope="col" className={classOf(column)} title={hint}>
        {title}
      </th>
    )
  }
  // Numbers: the largest are looked for first.
  const next = isSorted ? !sort.descending : align === 'end'
  return (
    <th scope="col" className={classOf(column)} aria-sort={way ?? 'none'} title={hint}>
      <button type="button" onClick={() => onSort({ id, descending: next })}>
        {align === 'end' && <Way way={way} />}
        {title}
        {align !== 'end' && <Way way={way} />}
      </button>
    </th>
  )
}

function Way({ way }: { readonly way: 'ascending' | 'descending' | undefined }) {
  return (
    <span className="way" aria-hidden="true">
      {way === 'ascending' ? '▲' : way === 'descending' ? '▼' : ''}
    </span>
  )
}

export interface ToolsProps {
  readonly search?: string
  readonly onSearch?: (text: string) => void
  readonly placeholder?: string
  readonly count?: ReactNode
  readonly children?: ReactNode
  /** On phones heads of columns are few: what to sort by is chosen here. */
  readonly sorts?: {
    readonly value: string
    readonly choices: readonly { readonly value: string; readonly title: string }[]
    readonly onChange: (value: string) => void
  }
}

/** Above a table: a field to filter it (`/` goes there, Esc empties it), how many there are, and what else there is to choose. */
export function TableTools({ search, onSearch, placeholder = 'Filter', count, children, sorts }: ToolsProps) {
  const field = useRef<HTMLInputElement>(null)
  useShortcut('/', 'Filter the list', () => field.current?.focus(), 'Tables')
  return (
    <div className="table-tools">
      {onSearch !== undefined && (
        <div className="search">
          <Icon name="search" />
          <input
            ref={field}
            className="input"
            type="search"
            aria-label={placeholder}
            placeholder={placeholder}
            autoComplete="off"
            spellCheck={false}
            value={search}
            onChange={(event) => onSearch(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return
              if (search === '') field.current?.blur()
              onSearch('')
            }}
          />
        </div>
      )}
      {sorts !== undefined && <Select aria-label="Sort by" {...sorts} />}
      {count !== undefined && (
        <span className="count" role="status">
          {count}
        </span>
      )}
      {children !== undefined && <div className="more">{children}</div>}
    </div>
  )
}

export interface LocalTableProps<Row> extends Omit<TableProps<Row>, 'total' | 'rowAt' | 'sort' | 'onSort' | 'onView'> {
  readonly rows: readonly Row[]
  /** Only rows whose text holds it (each word of it), in any case. */
  readonly search?: string
  readonly textOf?: (row: Row) => string
  readonly firstSort?: Sort
}

/** A table of rows that are all here: sorted and filtered in the browser. */
export function LocalTable<Row>({ rows, search = '', textOf, firstSort, ...rest }: LocalTableProps<Row>) {
  const [sort, setSort] = useState(firstSort)
  const { columns } = rest
  const shown = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean)
    const found =
      words.length === 0 || textOf === undefined
        ? rows
        : rows.filter((row) => {
            const text = textOf(row).toLowerCase()
            return words.every((word) => text.includes(word))
          })
    const by = columns.find(({ id }) => id === sort?.id)?.sortBy
    return by === undefined ? found : sorted(found, by, sort?.descending ?? false)
  }, [rows, search, textOf, sort, columns])
  const isHidden = rows.length > 0 && shown.length === 0
  return (
    <Table
      {...rest}
      {...(isHidden && { empty: <Empty icon="search" title="Nothing is like this" /> })}
      total={shown.length}
      rowAt={(at) => shown[at]}
      sort={sort}
      onSort={setSort}
    />
  )
}

const byName = new Intl.Collator('en', { numeric: true })

/** Unknown values come last, whichever way. */
function sorted<Row>(
  rows: readonly Row[],
  by: (row: Row) => number | string | undefined,
  descending: boolean,
): readonly Row[] {
  const sign = descending ? -1 : 1
  return rows
    .map((row) => ({ row, value: by(row) }))
    .sort((a, b) => {
      if (a.value === undefined || b.value === undefined)
        return a.value === b.value ? 0 : a.value === undefined ? 1 : -1
      if (typeof a.value === 'number' && typeof b.value === 'number') return sign * (a.value - b.value)
      return sign * byName.compare(String(a.value), String(b.value))
    })
    .map(({ row }) => row)
}

/** A number with a bar of its share of the largest, so that the eye finds the large ones. */
export function BarCell({ share, children }: { readonly share: number; readonly children: ReactNode }) {
  return (
    <span className="bar-cell">
      {children}
      <span className="bar from-desk" aria-hidden="true">
        <i style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }} />
      </span>
    </span>
  )
}
