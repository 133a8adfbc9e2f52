import { ALL_WORK, type Outcome, type Simulation, simulate, type Work } from './simulate.ts'

export interface Least {
  readonly outcome: Outcome
  readonly work: readonly Work[]
  readonly safetyMs: number
}

/** Leaves out one fault after the other, then one kind of clients, then half of the time, as long as a violation stays. */
export async function shortest(simulation: Simulation, first: Outcome): Promise<Least> {
  let outcome = first
  let work: readonly Work[] = simulation.work ?? ALL_WORK
  let { safetyMs } = simulation
  const breaks = async (less: Partial<Simulation>): Promise<boolean> => {
    const tried = await simulate({ ...simulation, work, safetyMs, faults: outcome.plan, ...less })
    if (tried.violation === undefined) return false
    outcome = tried
    return true
  }
  for (let index = 0; index < outcome.plan.length; ) {
    if (!(await breaks({ faults: outcome.plan.filter((_, at) => at !== index) }))) index++
  }
  for (const kind of [...work]) {
    const fewer = work.filter((other) => other !== kind)
    if (await breaks({ work: fewer })) work = fewer
  }
  while (safetyMs > 500 && (await breaks({ safetyMs: Math.floor(safetyMs / 2) }))) safetyMs = Math.floor(safetyMs / 2)
  return { outcome, work, safetyMs }
}
