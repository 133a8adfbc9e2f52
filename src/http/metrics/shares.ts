import type { AcknowledgeMetrics, ShareStateMetrics } from '../../metrics/share-metrics.ts'
import { type CoordinatorView, coordinatorFamilies, recentFamilies } from './coordinators.ts'
import { counter, type Family, gauge, one } from './family.ts'

const CACHE = 'kafka_server_sharesessioncache'
const COORDINATOR = 'kafka_server_share_coordinator_metrics'
const PARTITION = 'kafka_server_sharepartitionmetrics'

export interface ShareSessionsView {
  readonly size: number
  readonly partitionCount: number
}

export interface InFlight {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** Records from the first that is not done with to the last that was fetched. */
  readonly records: number
}

export interface ShareView {
  readonly sessions: ShareSessionsView
  readonly host: CoordinatorView
  readonly states: ShareStateMetrics
  readonly acknowledged: AcknowledgeMetrics
  readonly inFlight: () => Iterable<InFlight>
  /** By partition of `__share_group_state`: below it nothing is kept. */
  readonly pruned: ReadonlyMap<number, number>
}

export function shareFamilies(view: ShareView, monotonicMs: () => number): Family[] {
  return [...fetchFamilies(view), ...stateFamilies(view, monotonicMs)]
}

/** Members of share groups that fetch from this broker. */
function fetchFamilies({ sessions, acknowledged, inFlight }: ShareView): Family[] {
  return [
    gauge(
      `${CACHE}_sharesessionscount`,
      'Share sessions.',
      one(() => sessions.size),
    ),
    gauge(
      `${CACHE}_sharepartitionscount`,
      'Partitions of all share sessions.',
      one(() => sessions.partitionCount),
    ),
    counter(
      'kafka_server_sharegroupmetrics_recordacknowledgements_total',
      'Records by what members said of them.',
      () => [
        { labels: { ackType: 'Accept' }, value: acknowledged.accepted },
        { labels: { ackType: 'Release' }, value: acknowledged.released },
        { labels: { ackType: 'Reject' }, value: acknowledged.rejected },
        { labels: { ackType: 'Renew' }, value: acknowledged.renewed },
      ],
    ),
    gauge(`${PARTITION}_inflightmessagecount`, 'Records of share partitions that are fetched and not done with.', () =>
      Array.from(inFlight(), ({ records, ...labels }) => ({ labels, value: records })),
    ),
  ]
}

/** The states of share partitions that this broker stores. */
function stateFamilies({ host, states, pruned }: ShareView, monotonicMs: () => number): Family[] {
  return [
    ...coordinatorFamilies(COORDINATOR, host, monotonicMs),
    counter(
      `${COORDINATOR}_write_total`,
      'States of share partitions that were written.',
      one(() => states.writes),
    ),
    ...recentFamilies(
      `${COORDINATOR}_write_latency`,
      'How long a state took until it was committed.',
      states.writeTimes,
      monotonicMs,
    ),
    gauge(`${COORDINATOR}_last_pruned_offset`, 'Below it states were replaced by later ones, and are deleted.', () =>
      Array.from(pruned, ([partition, value]) => ({ labels: { topic: '__share_group_state', partition }, value })),
    ),
  ]
}
