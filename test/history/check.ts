import type { Anomaly, AnomalyName } from './anomaly.ts'
import { cycles, interleavedWrites } from './cycles.ts'
import type { Event } from './event.ts'
import { Model } from './model.ts'
import { wrongEnds, wrongOffsets, wrongProcessing } from './offsets.ts'
import { dirtyReads, disorderedReads, unfinishedReads } from './reads.ts'
import { disorderedWrites, lostWrites, misplacedWrites } from './writes.ts'

const CHECKS: readonly ((model: Model) => Iterable<Anomaly>)[] = [
  lostWrites,
  misplacedWrites,
  disorderedWrites,
  dirtyReads,
  disorderedReads,
  unfinishedReads,
  wrongProcessing,
  wrongOffsets,
  wrongEnds,
  cycles,
]

export interface Finding {
  readonly anomalies: readonly Anomaly[]
  /** Transactions by how they ended, as their clients know. */
  readonly committed: number
  readonly aborted: number
  readonly unknown: number
  /** Records that can be read at the end. */
  readonly records: number
  /** Groups of transactions that wrote in different orders in different partitions, as Kafka allows. */
  readonly interleaved: number
}

/** Everything in a history that Kafka promises not to happen. */
export function check(events: readonly Event[]): Finding {
  const model = new Model(events)
  const ended = (outcome: string) =>
    model.transactions.filter((each) => each.of.transactionalId !== undefined && each.outcome === outcome).length
  return {
    anomalies: CHECKS.flatMap((each) => [...each(model)]),
    committed: ended('ok'),
    aborted: ended('fail'),
    unknown: ended('info'),
    records: model.places.reduce((sum, at) => sum + (model.final('read_committed', at)?.size ?? 0), 0),
    interleaved: interleavedWrites(model),
  }
}

/** Some of each kind, the number of the others. */
export function describeAnomalies(anomalies: readonly Anomaly[], most = 5): string[] {
  const byName = new Map<AnomalyName, string[]>()
  for (const { name, text } of anomalies) byName.set(name, [...(byName.get(name) ?? []), text])
  return [...byName].flatMap(([name, texts]) => [
    ...texts.slice(0, most).map((text) => `${name}: ${text}`),
    ...(texts.length > most ? [`${name}: ${texts.length - most} more`] : []),
  ])
}
