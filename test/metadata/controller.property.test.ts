import fc from 'fast-check'
import { describe, it } from 'vitest'
import { Chaos } from './controller-chaos.ts'
import { Invariants } from './controller-model.ts'

describe('whatever happens to a cluster', () => {
  it('its metadata keeps its invariants, and its records say the same as the controller knows', () => {
    fc.assert(
      fc.property(fc.integer(), fc.boolean(), (seed, elr) => {
        const chaos = new Chaos(seed, elr)
        const invariants = new Invariants(chaos.rig)
        chaos.rig.join(1, 2, 3)
        for (let step = 0; step < 120; step++) {
          chaos.step()
          invariants.check()
          if (step % 20 === 19) invariants.checkCopies()
        }
      }),
      { numRuns: 300 },
    )
  })
})
