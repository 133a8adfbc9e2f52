import { expect, test } from 'vitest'
import { silentLogger } from '../../src/io/logger.ts'
import type { LogFn, Logger } from '../../src/io/ports.ts'
import { WriteTrouble } from '../../src/runtime/write-trouble.ts'
import { ManualClock } from '../storage/support.ts'

test('a full disk is told of when it begins, ever more rarely with a count, and when it is over', () => {
  const clock = new ManualClock()
  const lines: string[] = []
  const note: LogFn = (fields: object | string, message?: string) => {
    const { times } = fields as { times?: number }
    lines.push(`${message}${times === undefined ? '' : ` ${times}`}`)
  }
  const logger: Logger = { ...silentLogger, error: note, info: note }
  const trouble = new WriteTrouble(clock, logger)
  const full = 'the metadata log can not be written; waiting for the disk'
  trouble.committed(10)
  // Each second it fails; now and then a few bytes get through.
  for (let second = 0; second < 600; second++) {
    trouble.failed(new Error('ENOSPC'), 10 + second)
    trouble.committed(11 + second)
    clock.advance(1_000)
  }
  expect(lines.length).toBeLessThan(20)
  expect(lines.slice(0, 3)).toEqual([full, `${full} 2`, `${full} 4`])
  expect(lines.filter((line) => line.includes('again'))).toEqual([])
  lines.length = 0
  clock.advance(10_000)
  expect(lines).toEqual(['the metadata log is written again 600'])
  clock.advance(10_000)
  trouble.committed(2_000)
  trouble.failed(new Error('ENOSPC'), 2_000)
  expect(lines.slice(1)).toEqual([full])
  trouble.committed(2_000)
  clock.advance(10_000)
  expect(lines).toHaveLength(2)
  trouble.committed(2_001)
  trouble.close()
  clock.advance(10_000)
  expect(lines).toHaveLength(2)
})
