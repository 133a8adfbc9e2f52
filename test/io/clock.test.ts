import { expect, test } from 'vitest'
import { createLogger } from '../../src/io/logger.ts'
import { NodeClock } from '../../src/io/node-clock.ts'
import { NodeRandom } from '../../src/io/node-random.ts'

test('timers run, can be cancelled, and take delays that Node itself does not', async () => {
  const clock = new NodeClock()
  const cancelled = clock.after(0, () => {
    throw new Error('cancelled timers do not run')
  })
  const never = clock.after(Number.MAX_SAFE_INTEGER, () => {
    throw new Error('far too early')
  })
  cancelled.cancel()
  await new Promise<void>((resolve) => clock.after(1, resolve))
  never.cancel()
  expect(clock.monotonic()).toBeGreaterThan(0)
})

test('random numbers stay below their bound', () => {
  const random = new NodeRandom()
  for (let i = 0; i < 100; i++) expect(random.below(3)).toBeLessThan(3)
  expect(random.below(1)).toBe(0)
  expect(random.bytes(16).length).toBe(16)
})

test('the logger writes JSON lines with fields and children', () => {
  const lines: string[] = []
  const logger = createLogger({ destination: { write: (line) => void lines.push(line) } })
  logger.child({ broker: 1 }).warn({ log: 't-0' }, 'slow')
  logger.debug('not shown')
  logger.info('plain')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 40, broker: 1, log: 't-0', msg: 'slow' },
    { level: 30, msg: 'plain' },
  ])
})
