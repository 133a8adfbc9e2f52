import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { NodeClock } from '../../src/io/node-clock.ts'
import type { Timer } from '../../src/io/ports.ts'
import { OneNode } from '../support/one-node.ts'

/** Knows which of its timers are still to run. */
class CountingClock extends NodeClock {
  readonly pending = new Map<symbol, number>()

  override after(delayMs: number, run: () => void): Timer {
    const id = Symbol()
    this.pending.set(id, delayMs)
    const timer = super.after(delayMs, () => {
      this.pending.delete(id)
      run()
    })
    return {
      cancel: () => {
        this.pending.delete(id)
        timer.cancel()
      },
    }
  }
}

test('a start that fails at the last leaves no timer behind, which would keep the process', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const clock = new CountingClock()
  const listeners = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:0`
  await expect(OneNode.start({ clock, overrides: { listeners } })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  expect([...clock.pending.values()]).toEqual([])
  await new Promise((resolve) => taken.close(resolve))
})

test('a node that is closed leaves none either', async () => {
  const clock = new CountingClock()
  const node = await OneNode.start({ clock })
  await node.createTopic('some')
  await node[Symbol.asyncDispose]()
  expect([...clock.pending.values()]).toEqual([])
})
