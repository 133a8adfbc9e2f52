import type { SeededRandom } from './machine-room.ts'

/** Part of a machine's storage: the metadata log, the data, or both. */
export type DiskPart = 'all' | 'data' | 'metadata'

interface OfNode {
  readonly node: number
  readonly forMs: number
}

/** Something that goes wrong, and for how long. Data, so that a plan can be printed, cut down and run again. */
export type Fault =
  /** kill -9; the power is gone and with it what was not synced, but `keep` percent of it; a new, empty disk for the data. */
  | {
      readonly kind: 'kill' | 'power-failure' | 'disk-loss'
      readonly node: number
      readonly downMs: number
      readonly keep: number
    }
  /** Stopped cleanly and started again; `all`: one node after the other. */
  | { readonly kind: 'restart'; readonly node: number; readonly downMs: number; readonly all: boolean }
  | {
      readonly kind: 'cut'
      readonly from: number
      readonly to: number
      readonly oneWay: boolean
      readonly forMs: number
    }
  | ({ readonly kind: 'isolate' } & OfNode)
  /** Every connection of the node breaks, in the middle of what is under way; each with `percent` probability. */
  | { readonly kind: 'reset'; readonly node: number; readonly percent: number }
  | ({ readonly kind: 'slow-net'; readonly mostMs: number } & OfNode)
  | ({ readonly kind: 'slow-disk'; readonly syncMs: number } & OfNode)
  | ({ readonly kind: 'full-disk' } & OfNode)
  | ({ readonly kind: 'failing-sync' | 'failing-write'; readonly part: DiskPart } & OfNode)
  | { readonly kind: 'clock-jump'; readonly node: number; readonly byMs: number }

export type FaultKind = Fault['kind']

export interface PlannedFault {
  readonly atMs: number
  readonly fault: Fault
}

/** The promises hold whatever comes of these. What would break them is inflicted only where replication can bear it. */
export const ALL_FAULTS: readonly FaultKind[] = [
  'kill',
  'power-failure',
  'disk-loss',
  'restart',
  'cut',
  'isolate',
  'reset',
  'slow-net',
  'slow-disk',
  'full-disk',
  'failing-sync',
  'failing-write',
  'clock-jump',
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
    case 'disk-loss':
      return { kind, node, downMs: forMs, keep: random.below(3) === 0 ? 0 : random.below(101) }
    case 'restart':
      return { kind, node, downMs: random.below(1000), all: random.below(4) === 0 }
    case 'cut': {
      const to = 1 + ((node + random.below(Math.max(nodes - 1, 1))) % nodes)
      return { kind, from: node, to, oneWay: random.below(2) === 0, forMs: forMs + random.below(2) * 8000 }
    }
    case 'isolate':
      return { kind, node, forMs: forMs + random.below(2) * 8000 }
    case 'reset':
      return { kind, node, percent: random.below(2) === 0 ? 100 : random.below(100) }
    case 'slow-net':
      return { kind, node, mostMs: 50 + random.below(1500), forMs }
    case 'slow-disk':
      return { kind, node, syncMs: 20 + random.below(400), forMs }
    case 'full-disk':
      return { kind, node, forMs }
    case 'failing-sync':
    case 'failing-write':
      return { kind, node, forMs, part: (['all', 'data', 'metadata'] as const)[random.below(3)] ?? 'all' }
    case 'clock-jump':
      return {
        kind,
        node,
        byMs: random.below(2) === 0 ? random.below(20_000) - 10_000 : random.below(1_200_000) - 600_000,
      }
  }
}
