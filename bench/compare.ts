import { writeFileSync } from 'node:fs'
import type { Target } from '../test/support/broker.ts'
import { type Measures, table } from './table.ts'

export interface Comparison {
  /** Of kafka and odradek, with commas. */
  readonly targets: string
  readonly rounds: number
  /** A file for every number of every round. */
  readonly json: string | undefined
}

/** Measures every target in each round, and prints the medians beside each other. */
export async function compare(
  { targets, rounds, json }: Comparison,
  measure: (targets: readonly Target[], says: string) => Promise<ReadonlyMap<Target, Measures>>,
): Promise<void> {
  const chosen = targets.split(',').filter((each): each is Target => each === 'kafka' || each === 'odradek')
  const results = new Map<Target, Measures[]>(chosen.map((target) => [target, []]))
  for (let i = 0; i < rounds; i += 1) {
    // Whoever comes first finds another machine than whoever comes second.
    const inTurn = i % 2 === 0 ? chosen : chosen.toReversed()
    const measured = await measure(inTurn, `round ${i + 1} of ${rounds}`)
    for (const [target, measures] of measured) results.get(target)?.push(measures)
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(Object.fromEntries(results), null, 2)}\n`)
  console.log(table(results))
}

/** One target after the other. */
export function inTurn(
  measure: (target: Target, says: string) => Promise<Measures>,
): (targets: readonly Target[], says: string) => Promise<ReadonlyMap<Target, Measures>> {
  return async (targets, says) => {
    const measured = new Map<Target, Measures>()
    for (const target of targets) measured.set(target, await measure(target, `${says}: ${target}`))
    return measured
  }
}
