import type { FrameHandler } from '../protocol/frame-handler.ts'

/**
 * Clients may connect as soon as the port is bound, but are answered when the broker serves: what comes earlier waits.
 * The connections bound how much that can be.
 */
export class StartGate {
  #waiting: (() => void)[] | undefined = []

  guard(handle: FrameHandler): FrameHandler {
    return (frame, connection, slot) => {
      if (this.#waiting === undefined) handle(frame, connection, slot)
      else this.#waiting.push(() => handle(frame, connection, slot))
    }
  }

  open(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const run of waiting) run()
  }
}
