import { type KeyboardEvent, type PointerEvent, type RefObject, useLayoutEffect, useRef, useState } from 'react'
import { clock, count, date } from './format.ts'
import { marks, timeMarks } from './scale.ts'

/** Values at even distances; `null` where nothing was measured: the line has a gap there. As `Series` of the API. */
export interface Points {
  readonly fromMs: number
  readonly everyMs: number
  readonly values: readonly (number | null)[]
}

export interface Line {
  readonly name: string
  readonly points: Points
}

const LEFT = 62
const BOTTOM = 20
const TOP = 6

/** The colour of the n-th line. */
export const colour = (at: number): string => `var(--line-${(at % 6) + 1})`

/** The width that an element has; 0 before it is laid out. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const box = element.current
    if (box === null) return
    const observer = new ResizeObserver(() => setWidth(box.clientWidth))
    observer.observe(box)
    setWidth(box.clientWidth)
    return () => observer.disconnect()
  }, [element])
  return width
}

function clockMark(ms: number, spanMs: number): string {
  if (spanMs > 3 * 86_400_000) return date(ms).slice(5)
  return spanMs > 180_000 ? clock(ms).slice(0, 5) : clock(ms)
}

/** Runs of neighbours that are known, as x and y. */
function runs(points: Points, x: (at: number) => number, y: (value: number) => number): string[] {
  const found: string[][] = [[]]
  for (const [at, value] of points.values.entries()) {
    if (value === null) found.push([])
    else found.at(-1)?.push(`${x(at).toFixed(1)},${y(value).toFixed(1)}`)
  }
  return found.filter((run) => run.length > 0).map((run) => (run.length === 1 ? `${run[0]} ${run[0]}` : run.join(' ')))
}

export interface TimeChartProps {
  /** What is drawn, in words. */
  readonly label: string
  readonly lines: readonly Line[]
  readonly format?: (value: number) => string
  readonly height?: number
  /** Marks are round as bytes are counted. */
  readonly binary?: boolean
  /** The one line is filled below. */
  readonly filled?: boolean
}

/** Lines over time, all on the first one's times. The pointer shows the values at a time. */
export function TimeChart({
  label,
  lines,
  format = count,
  height = 160,
  binary = false,
  filled = lines.length === 1,
}: TimeChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const [at, setAt] = useState<number>()
  const { fromMs, everyMs, values } = lines[0]?.points ?? { fromMs: 0, everyMs: 1, values: [] }
  const steps = Math.max(1, values.length - 1)
  const spanMs = steps * everyMs
  const known = lines.flatMap(({ points }) => points.values.filter((value) => value !== null))
  const grid = marks(Math.max(0, ...known), height > 120 ? 4 : 2, binary)
  const top = grid.at(-1) ?? 1
  const inner = Math.max(1, width - LEFT - 6)
  const x = (index: number) => LEFT + (index / steps) * inner
  const y = (value: number) => TOP + (1 - value / top) * (height - TOP - BOTTOM)
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const left = event.clientX - event.currentTarget.getBoundingClientRect().left
    const index = Math.round(((left - LEFT) / inner) * steps)
    setAt(index < 0 || index > steps ? undefined : index)
  }
  return (
    <figure className="chart" ref={box}>
      <svg
        height={height}
        viewBox={`0 0 ${Math.max(1, width)} ${height}`}
        role="img"
        aria-label={summary(label, lines, format)}
        onPointerMove={point}
        onPointerLeave={() => setAt(undefined)}
      >
        {grid.map((value) => (
          <g key={value}>
            <line className="grid" x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 8} y={y(value) + 3.5} textAnchor="end">
              {format(value)}
            </text>
          </g>
        ))}
        {timeMarks(fromMs, fromMs + spanMs, inner / 90).map((ms) => (
          <text
            key={ms}
            x={x((ms - fromMs) / everyMs)}
            y={height - 4}
            textAnchor={x((ms - fromMs) / everyMs) > width - 30 ? 'end' : 'middle'}
          >
            {clockMark(ms, spanMs)}
          </text>
        ))}
        {lines.map(({ name, points }, nth) =>
          runs(points, x, y).map((run) => (
            <g key={`${name} ${run.slice(0, 12)}`}>
              {filled && (
                <polygon
                  points={`${run.split(',')[0]},${y(0)} ${run} ${run.split(' ').at(-1)?.split(',')[0]},${y(0)}`}
                  fill={colour(nth)}
                  opacity="0.13"
                />
              )}
              <polyline
                points={run}
                fill="none"
                stroke={colour(nth)}
                strokeWidth="1.6"
                strokeLinejoin="round"
                strokeLinecap="round"
              />
            </g>
          )),
        )}
        {at !== undefined && <line className="cursor" x1={x(at)} x2={x(at)} y1={TOP} y2={height - BOTTOM} />}
        {at !== undefined &&
          lines.map(({ name, points }, nth) => {
            const value = points.values[at]
            return typeof value === 'number' && <circle key={name} cx={x(at)} cy={y(value)} r="3" fill={colour(nth)} />
          })}
      </svg>
      {at !== undefined && (
        <div className="tip" style={x(at) > width / 2 ? { right: width - x(at) + 10 } : { left: x(at) + 10 }}>
          <div className="at num">{clock(fromMs + at * everyMs)}</div>
          <ul>
            {lines.map(({ name, points }, nth) => {
              const value = points.values[at]
              return (
                <li key={name}>
                  <i className="swatch" style={{ background: colour(nth) }} />
                  {name}
                  <b>{typeof value === 'number' ? format(value) : '–'}</b>
                </li>
              )
            })}
          </ul>
        </div>
      )}
    </figure>
  )
}

function summary(label: string, lines: readonly Line[], format: (value: number) => string): string {
  const newest = lines.map(({ name, points }) => {
    const value = points.values.findLast((known) => known !== null)
    return `${name} ${typeof value === 'number' ? format(value) : 'unknown'}`
  })
  return `${label}. Now: ${newest.join(', ')}`
}

export function Legend({ names }: { readonly names: readonly string[] }) {
  return (
    <ul className="legend">
      {names.map((name, at) => (
        <li key={name}>
          <i className="swatch" style={{ background: colour(at) }} />
          {name}
        </li>
      ))}
    </ul>
  )
}

/** The shape of a series alone, for a cell or a small card. */
export function Sparkline({ points, label }: { readonly points: Points; readonly label: string }) {
  const known = points.values.filter((value) => value !== null)
  const top = Math.max(1e-9, ...known)
  const steps = Math.max(1, points.values.length - 1)
  const lines = runs(
    points,
    (at) => (at / steps) * 100,
    (value) => 27 - (value / top) * 25,
  )
  return (
    <svg className="spark" viewBox="0 0 100 28" preserveAspectRatio="none" role="img" aria-label={label}>
      {lines.map((run) => (
        <polyline
          key={run.slice(0, 12)}
          points={run}
          fill="none"
          stroke="var(--line-1)"
          strokeWidth="1.5"
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </svg>
  )
}

export interface BarsProps {
  readonly label: string
  readonly values: readonly number[]
  /** What a bar is of: `16:02 to 16:03`. */
  readonly nameOf: (at: number) => string
  readonly format?: (value: number) => string
  readonly height?: number
  /** Below the first and last bar. */
  readonly ends?: readonly [string, string]
  readonly chosen?: number | undefined
  readonly onChoose?: (at: number) => void
}

/** A histogram; each bar can be chosen by the pointer or by arrows and Enter. */
export function Bars({ label, values, nameOf, format = count, height = 74, ends, chosen, onChoose }: BarsProps) {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const [over, setOver] = useState<number>()
  const top = Math.max(1, ...values)
  const slot = width / Math.max(1, values.length)
  const base = height - 16
  const step = (event: KeyboardEvent<SVGGElement>, at: number) => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      event.stopPropagation()
      onChoose?.(at)
    }
    if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return
    event.preventDefault()
    const next =
      event.key === 'ArrowRight' ? event.currentTarget.nextElementSibling : event.currentTarget.previousElementSibling
    if (next instanceof SVGGElement) next.focus()
  }
  return (
    <figure className="chart bars" ref={box}>
      {/* biome-ignore lint/a11y/useSemanticElements: its bars are the buttons */}
      <svg height={height} viewBox={`0 0 ${Math.max(1, width)} ${height}`} role="group" aria-label={label}>
        {values.map((value, at) => {
          const size = value === 0 ? 0 : Math.max(2, (value / top) * (base - 6))
          return (
            // biome-ignore lint/a11y/useSemanticElements: there are no buttons in pictures
            <g
              key={at}
              role="button"
              tabIndex={at === (chosen ?? 0) ? 0 : -1}
              aria-label={`${nameOf(at)}: ${format(value)}`}
              data-chosen={at === chosen}
              onPointerEnter={() => setOver(at)}
              onPointerLeave={() => setOver(undefined)}
              onFocus={() => setOver(at)}
              onBlur={() => setOver(undefined)}
              onClick={() => onChoose?.(at)}
              onKeyDown={(event) => step(event, at)}
            >
              <rect
                className="value"
                x={at * slot + Math.min(1, slot / 8)}
                y={base - size}
                width={Math.max(0.5, slot - Math.min(2, slot / 4))}
                height={size}
                rx={Math.min(1.5, slot / 4)}
              />
              <rect className="slot" x={at * slot} y={0} width={slot} height={base} />
            </g>
          )
        })}
        <line className="grid" x1="0" x2={width} y1={base + 0.5} y2={base + 0.5} />
        {ends !== undefined && (
          <>
            <text x="0" y={height - 2}>
              {ends[0]}
            </text>
            <text x={width} y={height - 2} textAnchor="end">
              {ends[1]}
            </text>
          </>
        )}
      </svg>
      {over !== undefined && (
        <div
          className="tip"
          style={over > values.length / 2 ? { right: width - over * slot + 8 } : { left: (over + 1) * slot + 8 }}
        >
          <div className="at num">{nameOf(over)}</div>
          <b className="num">{format(values[over] ?? 0)}</b>
        </div>
      )}
    </figure>
  )
}
