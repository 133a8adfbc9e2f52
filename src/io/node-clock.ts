import type { Clock, Timer } from './ports.ts'

/** Longer delays overflow Node's timers; the run is put off again instead. */
const LONGEST_TIMER_MS = 0x7fff_ffff

export class NodeClock implements Clock {
  now(): number {
    return Date.now()
  }

  monotonic(): number {
    return performance.now()
  }

  after(delayMs: number, run: () => void): Timer {
    let handle: NodeJS.Timeout
    const arm = (left: number) => {
      const step = Math.min(Math.max(left, 0), LONGEST_TIMER_MS)
      handle = setTimeout(() => (left > step ? arm(left - step) : run()), step)
    }
    arm(delayMs)
    return { cancel: () => clearTimeout(handle) }
  }
}
