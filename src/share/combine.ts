import type { StateBatch } from './window.ts'

/**
 * Puts runs of records together to runs that do not overlap: of what is said about a record the later holds, which is the
 * higher number of deliveries, then the higher state. What is before `startOffset` (-1: nothing) is left out.
 */
export function combineBatches(batches: readonly StateBatch[], startOffset: number): StateBatch[] {
  const kept = batches
    .filter(({ lastOffset }) => startOffset === -1 || lastOffset >= startOffset)
    .map((batch) => (batch.firstOffset < startOffset ? { ...batch, firstOffset: startOffset } : batch))
    .sort((a, b) => a.firstOffset - b.firstOffset)
  const combined: StateBatch[] = []
  let open: StateBatch[] = []
  let at = 0
  let from = 0
  while (at < kept.length || open.length > 0) {
    if (open.length === 0) from = kept[at]?.firstOffset ?? from
    while (kept[at]?.firstOffset === from) open.push(kept[at++] as StateBatch)
    const next = kept[at]?.firstOffset ?? Number.POSITIVE_INFINITY
    const last = open.reduce((least, { lastOffset }) => Math.min(least, lastOffset), next - 1)
    const [first, ...others] = open
    if (first) addRun(combined, others.reduce(later, first), from, last)
    open = open.filter(({ lastOffset }) => lastOffset > last)
    from = last + 1
  }
  return combined
}

function later(a: StateBatch, b: StateBatch): StateBatch {
  return (b.deliveryCount - a.deliveryCount || b.deliveryState - a.deliveryState) > 0 ? b : a
}

function addRun(runs: StateBatch[], { deliveryState, deliveryCount }: StateBatch, first: number, last: number): void {
  const run = runs.at(-1)
  const continues =
    run?.lastOffset === first - 1 && run.deliveryState === deliveryState && run.deliveryCount === deliveryCount
  if (run && continues) runs[runs.length - 1] = { ...run, lastOffset: last }
  else runs.push({ firstOffset: first, lastOffset: last, deliveryState, deliveryCount })
}
