import type { ControllerEnv } from './manager.ts'
import { type ElectionRound, preferredElections, uncleanElections } from './partitions/elections.ts'
import type { LeaderDefaults } from './partitions/rules.ts'
import type { MetadataRecord } from './records.ts'

/** After a round that was full the next one comes soon, yet lets others in between. */
const NEXT_ROUND_MS = 10

interface Round {
  readonly intervalMs: number
  dueMs: number
  run(env: ControllerEnv): ElectionRound
}

/** 0: never. */
export interface ElectionIntervals {
  /** leader.imbalance.check.interval.seconds, where auto.leader.rebalance.enable is on. */
  readonly balanceMs: number
  /** unclean.leader.election.interval.ms */
  readonly uncleanMs: number
}

/**
 * Elections that nobody asks for: of preferred leaders, so that a broker that comes back gets its share again, and of any
 * leaders where topics allow that.
 */
export class PeriodicElections {
  readonly #rounds: readonly Round[]

  constructor(leaders: LeaderDefaults, { balanceMs, uncleanMs }: ElectionIntervals) {
    const never = Number.POSITIVE_INFINITY
    this.#rounds = [
      { intervalMs: balanceMs, dueMs: never, run: ({ image }) => preferredElections(image, leaders) },
      { intervalMs: uncleanMs, dueMs: never, run: ({ image }) => uncleanElections(image, leaders) },
    ]
  }

  activate(nowMs: number): void {
    for (const round of this.#rounds) if (round.intervalMs > 0) round.dueMs = nowMs + round.intervalMs
  }

  /** One round that is due. */
  tick(env: ControllerEnv): readonly MetadataRecord[] {
    for (const round of this.#rounds) {
      if (env.nowMs < round.dueMs) continue
      const { records, isFull } = round.run(env)
      round.dueMs = env.nowMs + (isFull ? NEXT_ROUND_MS : round.intervalMs)
      if (records.length > 0) return records
    }
    return []
  }

  deadlineMs(): number {
    return Math.min(...this.#rounds.map(({ dueMs }) => dueMs))
  }
}
