import type { Socket } from 'node:net'
import { isMainThread, workerData } from 'node:worker_threads'
import { Prng } from '../../../src/base/prng.ts'
import { attack } from './attacks.ts'
import type { Door, Keys } from './doors.ts'

/** Attacks that a listener sees at once. */
const WAYS = 8

export interface Siege {
  readonly doors: readonly Door[]
  readonly keys: Keys
  readonly seed: number
  /** On each listener. */
  readonly times: number
}

async function besiege({ doors, keys, seed, times }: Siege): Promise<void> {
  const held: Socket[][] = doors.map(() => [])
  const siege = doors.flatMap((door, d) =>
    Array.from({ length: WAYS }, async (_, way) => {
      const random = new Prng(seed * 1_000 + d * WAYS + way)
      for (let i = way; i < times; i += WAYS) await attack({ door, keys, random, held: held[d] ?? [] })
    }),
  )
  await Promise.all(siege)
  for (const socket of held.flat()) socket.destroy()
}

// A thread of their own: what they compute must not hold up the good clients, whose waits are measured.
if (!isMainThread) {
  await besiege(workerData as Siege)
  // Some of theirs stay half open.
  process.exit(0)
}
