import type { SeededRandom } from './machine-room.ts'

/** Something that goes wrong, and for how long. Data, so that a plan can be printed, cut down and run again. */
export type Fault =
  | { readonly kind: 'kill' | 'power-failure'; readonly node: number; readonly downMs: number; readonly keep: number }
  | {
      readonly kind: 'cut'
      readonly from: number
      readonly to: number
      readonly oneWay: boolean
      readonly forMs: number
    }
  | { readonly kind: 'isolate'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'slow-disk'; readonly node: number; readonly syncMs: number; readonly forMs: number }
  | { readonly kind: 'full-disk'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'failing-sync'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'clock-jump'; readonly node: number; readonly byMs: number }

export type FaultKind = Fault['kind']

export interface PlannedFault {
  readonly atMs: number
  readonly fault: Fault
}

export const ALL_FAULTS: readonly FaultKind[] = [
  'kill',
  'power-failure',
  'cut',
  'isolate',
  'slow-disk',
  'clock-jump',
  'full-disk',
]

/** Faults over a time, each of a node of 1 … `nodes`. */
export function planFaults(
  random: SeededRandom,
  nodes: number,
  overMs: number,
  count: number,
  kinds: readonly FaultKind[] = ALL_FAULTS,
): PlannedFault[] {
  const plan: PlannedFault[] = []
  for (let index = 0; index < count; index++) {
    const kind = kinds[random.below(kinds.length)] ?? 'kill'
    plan.push({ atMs: random.below(overMs), fault: faultOf(kind, random, nodes) })
  }
  return plan.sort((a, b) => a.atMs - b.atMs)
}

function faultOf(kind: FaultKind, random: SeededRandom, nodes: number): Fault {
  const node = 1 + random.below(nodes)
  const forMs = 100 + random.below(4000)
  switch (kind) {
    case 'kill':
    case 'power-failure':
      return { kind, node, downMs: forMs, keep: random.below(3) === 0 ? 0 : random.below(101) }
    case 'cut':
      return {
        kind,
        from: node,
        to: 1 + ((node + random.below(Math.max(nodes - 1, 1))) % nodes),
        oneWay: random.below(2) === 0,
        forMs,
      }
    case 'isolate':
      return { kind, node, forMs }
    case 'slow-disk':
      return { kind, node, syncMs: 20 + random.below(400), forMs }
    case 'full-disk':
    case 'failing-sync':
      return { kind, node, forMs }
    case 'clock-jump':
      return { kind, node, byMs: random.below(20_000) - 10_000 }
  }
}
