import { expect, test } from 'vitest'
import { silentLogger } from '../../src/io/logger.ts'
import type { LogEnvironment } from '../../src/storage/environment.ts'
import type { LogDirectory } from '../../src/storage/log-directory.ts'
import type { LogManagerSettings } from '../../src/storage/log-manager-options.ts'
import { LogSchedules } from '../../src/storage/log-schedules.ts'
import { ManualClock } from './support.ts'

const EVERY_MS = 5_000

test('a full disk is said at growing distances, not with every attempt, and again when it is full again', async () => {
  const clock = new ManualClock()
  const lines: string[] = []
  let attempts = 0
  let isFull = true
  const directory = {
    online: true,
    logs: [],
    writeHighWatermarks: async () => {
      attempts++
      if (isFull) throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
    },
  }
  const env = { clock, logger: { ...silentLogger, error: (_: unknown, line: string) => lines.push(line) } }
  const never = Number.MAX_SAFE_INTEGER
  const settings = {
    initialTaskDelayMs: never,
    highWatermarkCheckpointMs: EVERY_MS,
    producerIdExpirationCheckMs: never,
  }
  const schedules = new LogSchedules(
    env as unknown as LogEnvironment,
    settings as unknown as LogManagerSettings,
    () => [directory as unknown as LogDirectory],
  )
  const pass = async (times: number) => {
    for (let i = 0; i < times; i++) {
      clock.advance(EVERY_MS)
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    }
  }
  schedules.start()
  await pass(120)
  expect(attempts).toBe(120)
  expect(lines.length).toBeLessThan(20)
  expect(new Set(lines)).toEqual(new Set(['high watermarks: failed']))
  isFull = false
  await pass(1)
  isFull = true
  const before = lines.length
  await pass(1)
  expect(lines.length).toBe(before + 1)
  await schedules.stop()
})
