import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type History, longestGapMs, violations } from './history.ts'

/** Two producers and two partitions; everything kept. */
function good(count = 6): History {
  const acknowledged = Array.from({ length: count * 2 }, (_, i) => ({
    producer: i % 2 === 0 ? 'a' : 'b',
    sequence: i >> 1,
    partition: (i >> 1) % 2,
    // In each partition a and b take turns.
    offset: (i >> 2) * 2 + (i % 2),
    atMs: i * 10,
  }))
  const stored = acknowledged
    .map(({ producer, sequence, partition, offset }) => ({ producer, sequence, partition, offset }))
    .sort((x, y) => x.partition - y.partition || x.offset - y.offset)
  return {
    acknowledged,
    sent: new Map([
      ['a', count],
      ['b', count],
    ]),
    stored,
    delivered: stored.map((each) => ({ ...each, consumer: 'c' })),
    commits: [0, 2, 2, 5].map((offset) => ({ group: 'g', partition: 0, offset })),
  }
}

describe('the checker of histories', () => {
  test('finds nothing where every promise is kept', () => {
    expect(violations(good())).toEqual([])
    expect(violations(good(0))).toEqual([])
  })

  test('allows what was sent but not acknowledged to be there or not', () => {
    const history = good()
    const acknowledged = history.acknowledged.slice(0, -3)
    expect(violations({ ...history, acknowledged })).toEqual([])
    expect(violations({ ...history, sent: new Map([...history.sent].map(([name, n]) => [name, n + 9])) })).toEqual([])
  })

  test('allows the group to get a record twice', () => {
    const history = good()
    expect(violations({ ...history, delivered: [...history.delivered, ...history.delivered.slice(0, 2)] })).toEqual([])
  })

  test.each<[string, RegExp, (history: History) => Partial<History>]>([
    [
      'a lost record',
      /^lost: a:5, acknowledged at partition 1 offset 4$/,
      ({ stored, delivered }) => ({
        stored: stored.filter((each) => each.producer !== 'a' || each.sequence !== 5),
        delivered: delivered.filter((each) => each.partition === 0),
      }),
    ],
    [
      'a record that is there twice',
      /^stored twice: a:0 at partition 0 offset 0 and partition 1 offset 9$/,
      ({ stored }) => ({
        stored: [...stored, { producer: 'a', sequence: 0, partition: 1, offset: 9 }],
      }),
    ],
    [
      'records that changed places',
      /^out of order: a:0 after a:2 in partition 0$/,
      ({ stored }) => ({
        stored: stored.map((each) =>
          each.producer === 'a' && each.partition === 0 && each.sequence < 3
            ? { ...each, sequence: 2 - each.sequence }
            : each,
        ),
      }),
    ],
    [
      'a record that nobody sent',
      /^never sent: z:0 at partition 0 offset 99$/,
      ({ stored }) => ({
        stored: [...stored, { producer: 'z', sequence: 0, partition: 0, offset: 99 }],
      }),
    ],
    [
      'another record at the place',
      /^another record: b:0 instead of a:0 at partition 0 offset 1$/,
      ({ acknowledged }) => ({
        acknowledged: acknowledged.map((each) =>
          each.producer === 'a' && each.sequence === 0 ? { ...each, offset: 1 } : each,
        ),
      }),
    ],
    [
      'a delivered record that is gone',
      /^taken back: c got a:7 at partition 0 offset 3, where now is b:2$/,
      ({ delivered }) => ({
        delivered: [...delivered, { consumer: 'c', producer: 'a', sequence: 7, partition: 0, offset: 3 }],
      }),
    ],
    [
      'a record that the group never got',
      /^skipped by the group: partition 1 offset 2$/,
      ({ delivered }) => ({
        delivered: delivered.filter((each) => each.partition !== 1 || each.offset !== 2),
      }),
    ],
    [
      'a commit that goes back',
      /^commit gone back: group g partition 0, 1 after 5$/,
      ({ commits }) => ({
        commits: [...commits, { group: 'g', partition: 0, offset: 1 }],
      }),
    ],
  ])('finds %s', (_, sentence, harm) => {
    const history = good()
    const found = violations({ ...history, ...harm(history) })
    expect(
      found.some((each) => sentence.test(each)),
      found.join('\n'),
    ).toBe(true)
  })

  test('finds any acknowledged record that is taken out, wherever it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (count, at) => {
        const history = good(count)
        const gone = history.stored[at % history.stored.length]
        const stored = history.stored.filter((each) => each !== gone)
        expect(violations({ ...history, stored, delivered: [] })).toEqual([
          `lost: ${gone?.producer}:${gone?.sequence}, acknowledged at partition ${gone?.partition} offset ${gone?.offset}`,
        ])
      }),
    )
  })

  test('tells a few of many', () => {
    const found = violations({ ...good(50), stored: [], delivered: [] })
    expect(found).toHaveLength(6)
    expect(found.at(-1)).toBe('… and 95 like that')
  })

  test('measures the longest gap between acknowledgements', () => {
    expect(longestGapMs([10, 20, 5, 900, 890].map((atMs) => ({ atMs })))).toBe(870)
    expect(longestGapMs([])).toBe(0)
  })
})
