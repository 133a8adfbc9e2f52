import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Exposition, exposition } from '../../src/http/exposition.ts'
import { counter, type Family, gauge, oncePerTurn, one, type Series } from '../../src/http/metrics/family.ts'
import { WrittenLabels } from '../../src/http/metrics/labels.ts'

const MANY = 20_000
let turns = 0
let isOver = false

function* many() {
  for (let at = 0; at < MANY; at++) yield { labels: new WrittenLabels({ at }), value: at }
}

const FAMILIES: readonly Family[] = [
  gauge('plain', 'Of one line,\nand \\ more.', () => [{ labels: {}, value: Number.NaN }]),
  counter(
    'odd',
    'Odd.',
    async (): Promise<Series[]> => [
      { labels: { name: 'a"b\\c\nd', n: 1 }, value: 1.5 },
      { labels: new WrittenLabels({ name: '"' }), value: Number.POSITIVE_INFINITY },
      { labels: {}, value: Number.NEGATIVE_INFINITY },
    ],
  ),
  gauge('none', 'None.', () => []),
  gauge('many', 'Many.', many),
]

let metrics: Exposition
beforeAll(async () => {
  metrics = await exposition({
    families: () => FAMILIES,
    passing: () => [
      gauge(
        'passing',
        'P.',
        one(() => 2),
      ),
    ],
  })
})
afterAll(() => metrics?.close())

it('is the text that Prometheus reads, and lets others have their turn', async () => {
  const turn = () => {
    turns++
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  const text = (await metrics.bytes()).toString()
  isOver = true
  expect(text).toContain('# HELP plain Of one line,\\nand \\\\ more.\n# TYPE plain gauge\nplain NaN\n')
  expect(text).toContain(
    '# TYPE odd counter\nodd{name="a\\"b\\\\c\\nd",n="1"} 1.5\nodd{name="\\""} +Inf\nodd -Inf\n# HELP none None.\n',
  )
  expect(text.match(/^many\{at="\d+"\} \d+$/gm)).toHaveLength(MANY)
  expect(text).toContain('# TYPE passing gauge\npassing 2\n')
  expect(text).toMatch(/^process_cpu_seconds_total /m)
  expect(turns).toBeGreaterThan(0)
})

it('looks once for all who ask in one turn', async () => {
  let looks = 0
  const look = oncePerTurn(() => ++looks)
  expect([look(), look()]).toEqual([1, 1])
  await new Promise(setImmediate)
  expect(look()).toBe(2)
})
