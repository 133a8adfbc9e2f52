import { describe, expect, it } from 'vitest'
import { Simulation } from './simulation.ts'

const SEEDS = Number(process.env.RAFT_SEEDS ?? 40)
const FIRST = Number(process.env.RAFT_FIRST_SEED ?? 1)

/** `RAFT_SEEDS=5000` for a long run; a failing seed comes back with `RAFT_FIRST_SEED=n RAFT_SEEDS=1`. */
describe('raft under faults', () => {
  const shapes = [
    { voters: 3, observers: 0, isStatic: true },
    { voters: 3, observers: 1, isStatic: false },
    { voters: 5, observers: 0, isStatic: true },
    { voters: 3, observers: 2, isStatic: false },
    { voters: 1, observers: 3, isStatic: false },
  ]
  for (const shape of shapes) {
    const name = `${shape.voters} voters, ${shape.observers} observers, ${shape.isStatic ? 'fixed' : 'changing'}`
    it(`${name}: one leader an epoch, nothing committed is lost, and it heals`, () => {
      for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
        try {
          const simulation = new Simulation({ ...shape, seed, faults: 150 })
          simulation.run()
          expect(simulation.checks.end).toBeGreaterThan(0)
        } catch (error) {
          throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error })
        }
      }
    })
  }

  for (const voters of [3, 5]) {
    it(`replaces a killed leader of ${voters} soon, because its broken connections are noticed`, () => {
      const took: number[] = []
      for (let seed = 1; seed <= 100; seed++) {
        took.push(new Simulation({ seed, voters, observers: 0, isStatic: false, faults: 0 }).failover())
      }
      took.sort((a, b) => a - b)
      expect(took[50]).toBeLessThan(200)
      expect(took.at(-1)).toBeLessThan(1000)
    })
  }
})
