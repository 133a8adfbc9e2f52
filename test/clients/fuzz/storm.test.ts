import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasProgram, missing } from '../../support/available.ts'
import { TARGET } from '../../support/broker.ts'
import { Besieged } from './besieged.ts'

const SHORT = 20
const LONG = 600
const SEEDS = (process.env.FUZZ_SEEDS ?? '1').split(',').map(Number)
const TIMES = Number(process.env.FUZZ_TIMES ?? (process.env.LONG === undefined ? SHORT : LONG))
const MOST_GROWTH = 400_000_000
/** What `CountedLines` writes at most in one of its windows: 50 lines, their 50 counts, and those of 20 askers. */
const MOST_LINES = 120
const WINDOW_SECONDS = 10

describe.skipIf(missing('openssl', hasProgram('openssl')) || TARGET === 'kafka')(
  'under attack on every listener',
  () => {
    let besieged: Besieged
    beforeAll(async () => {
      besieged = await Besieged.start()
    })
    afterAll(() => besieged?.[Symbol.asyncDispose]())

    test.each(SEEDS)('good clients notice nothing, and little is kept or written (seed %i)', async (seed) => {
      const outcome = await besieged.storm(seed, TIMES)
      const { seen, grownBytes, lines, seconds } = outcome
      console.log(JSON.stringify({ seed, times: TIMES, ...outcome }))
      expect(besieged.broker.running).toBe(true)
      for (const [door, { written }] of Object.entries(seen)) expect(written, door).toBeGreaterThan(0)
      expect(grownBytes).toBeLessThan(MOST_GROWTH)
      // One for each listener, one for what is denied; the storm begins and ends in the middle of one.
      const windows = (besieged.doors.length + 1) * (2 + Math.floor(seconds / WINDOW_SECONDS))
      expect(lines).toBeLessThan(MOST_LINES * windows)
      expect(besieged.broker.output).not.toMatch(/request failed|could not be encoded|invariant|-secret/)
    })
  },
)
