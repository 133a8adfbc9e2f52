import type { History } from './history.ts'
import type { SeededRandom } from './machine-room.ts'

/** What every client of a simulation is given. */
export interface Workload {
  readonly topic: string
  readonly partitions: number
  readonly random: SeededRandom
  readonly history: History
  /** True: stop as soon as nothing is under way. */
  isOver(): boolean
}
