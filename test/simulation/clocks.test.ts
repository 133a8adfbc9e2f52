import { expect, it } from 'vitest'
import { silentLogger } from '../../src/io/logger.ts'
import type { Logger } from '../../src/io/ports.ts'
import { simulate } from './simulate.ts'

/** What nodes say when they take somebody for dead or late. */
const ALARMS = /the ISR is to shrink|is gone|fenced|no leader is known|not active any more/

it('wall clocks that jump are taken for time by nobody', async () => {
  const alarms: string[] = []
  let isRunning = false
  const note = (fields: object | string, message?: string): void => {
    const text = typeof fields === 'string' ? fields : (message ?? '')
    if (text.includes('is ready') || text.includes('registered as broker')) isRunning = true
    else if (isRunning && ALARMS.test(text)) alarms.push(`${text} ${JSON.stringify(fields)}`)
  }
  const logger: Logger = { ...silentLogger, info: note, warn: note, error: note, child: () => logger }
  const layout = { brokers: 3, controllers: 0 }
  const outcome = await simulate({
    seed: 71,
    layout,
    safetyMs: 5_000,
    faults: 8,
    kinds: ['clock-jump'],
    logger: () => logger,
  })
  expect(outcome.violation).toBeUndefined()
  expect([isRunning, outcome.inflicted]).toEqual([true, 8])
  expect(alarms).toEqual([])
})
