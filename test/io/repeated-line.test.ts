import { expect, test } from 'vitest'
import { RepeatedLine } from '../../src/io/repeated-line.ts'
import { ManualClock } from '../storage/support.ts'

test('a line that is repeated comes at once, then ever more rarely, and at once again when the trouble was over', () => {
  const clock = new ManualClock()
  const line = new RepeatedLine(clock)
  const start = clock.monotonic()
  const said: number[] = []
  const tryFor = (seconds: number): void => {
    for (let tries = 0; tries < seconds * 10; tries++) {
      line.say(() => said.push((clock.monotonic() - start) / 1_000))
      clock.advance(100)
    }
  }
  tryFor(250)
  expect(said).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243])
  line.over()
  tryFor(2)
  expect(said.slice(-2)).toEqual([250, 251])
})
