import { describe, expect, test } from 'vitest'
import { CountedLines } from '../../src/io/counted-lines.ts'
import { countedLogger } from '../../src/io/counted-logger.ts'
import { createLogger } from '../../src/io/logger.ts'

interface Line {
  readonly msg: string
  readonly [field: string]: unknown
}

function rig(level = 'info') {
  const lines: Line[] = []
  const logger = createLogger({ level, destination: { write: (text) => lines.push(JSON.parse(text)) } })
  const timers: (() => void)[] = []
  const clock = {
    after: (_ms: number, run: () => void) => {
      const at = timers.push(run) - 1
      return { cancel: () => void delete timers[at] }
    },
  }
  return {
    lines,
    logger,
    clock,
    pending: () => timers.filter(() => true),
    pass: () => timers.slice().map((run) => run()),
  }
}

describe('lines that others provoke', () => {
  const words = { level: 'warn', again: 'again', more: 'more of them' } as const
  const line = (kind: string, host: string) => ({ kind, fields: () => ({ kind }), message: 'failed', by: { host } })

  test('one for each kind, then a count, then lines again', () => {
    const { lines, logger, clock, pass, pending } = rig()
    const counted = new CountedLines({ ...words, logger, clock })
    for (let i = 0; i < 100; i += 1) counted.say(line('a', 'h'))
    counted.say(line('b', 'h'))
    expect(lines).toMatchObject([
      { msg: 'failed', kind: 'a' },
      { msg: 'failed', kind: 'b' },
    ])
    expect(pending()).toHaveLength(1)
    pass()
    expect(lines.slice(2)).toMatchObject([{ msg: 'failed again', kind: 'a', again: 99 }])
    expect(pending()).toEqual([])
    counted.say(line('a', 'h'))
    expect(lines).toHaveLength(4)
  })

  test('however many kinds and askers there are, every one is counted', () => {
    const { lines, logger, clock } = rig()
    const counted = new CountedLines({ ...words, logger, clock, most: 5, mostAskers: 3 })
    for (let i = 0; i < 1_000; i += 1) counted.say(line(`k${i}`, `h${i % 10}`))
    expect(lines).toHaveLength(5)
    counted.flush()
    expect(lines).toHaveLength(9)
    const more = lines.slice(5).map(({ times, host }) => [times, host])
    expect(more.map(([times]) => Number(times)).reduce((a, b) => a + b)).toBe(995)
    expect(more.filter(([, host]) => host === undefined)).toHaveLength(1)
  })

  test('each has its own at DEBUG', () => {
    const { lines, logger, clock } = rig('debug')
    const counted = new CountedLines({ ...words, logger, clock })
    for (let i = 0; i < 10; i += 1) counted.say(line('a', 'h'))
    expect(lines).toHaveLength(10)
  })

  test('a logger of such lines tells messages and errors apart, and nothing else', () => {
    const { lines, logger, clock } = rig()
    const counted = countedLogger(logger, clock)
    for (let i = 0; i < 50; i += 1) {
      counted.warn({ topic: `t${i}`, error: 'NONE' }, 'not made')
      counted.error({ err: new Error('broken'), i }, 'failed')
      counted.info('said')
    }
    counted.warn({ topic: 't', error: 'OTHER' }, 'not made')
    expect(lines.map(({ msg }) => msg)).toEqual(['not made', 'failed', 'said', 'not made'])
    counted.flush()
    expect(
      lines
        .slice(4)
        .map(({ msg, again }) => [msg, again])
        .sort(),
    ).toEqual([
      ['failed (again)', 49],
      ['not made (again)', 49],
      ['said (again)', 49],
    ])
  })
})
