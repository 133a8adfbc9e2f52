import type { MetadataImage } from '../../metadata/image.ts'
import type { ControllerMetrics } from '../../metrics/broker-metrics.ts'
import type { QuorumMetrics } from '../../metrics/quorum-metrics.ts'
import { recentFamilies } from './coordinators.ts'
import { counter, type Family, gauge, one, type Series } from './family.ts'

const PREFIX = 'kafka_controller_kafkacontroller'
const RAFT = 'kafka_server_raft_metrics'
/** What Kafka's BrokerRegistrationState calls them. */
const FENCED = 10
const CONTROLLED_SHUTDOWN = 20
const ACTIVE = 30

export interface MetadataParts {
  readonly counts: ControllerMetrics
  readonly image: () => MetadataImage
  readonly isActive: () => boolean
  readonly quorum: () => {
    readonly leaderId: number
    readonly leaderEpoch: number
    readonly highWatermark: number
    readonly logEndOffset: number
    readonly voters: readonly unknown[]
    readonly role: string | undefined
    readonly votedId: number
    readonly logEndEpoch: number
  }
  readonly metrics: QuorumMetrics
  /** Undefined: this node does not lead. */
  readonly observers: () => number | undefined
  readonly monotonicMs: () => number
  readonly nowMs: () => number
}

/** Every node knows these by its image; a dashboard takes the greatest. */
export function controllerFamilies(parts: MetadataParts): Family[] {
  const { image, isActive, counts, metrics } = parts
  const brokers = (fenced: boolean) => [...image().brokers.values()].filter((broker) => broker.fenced === fenced).length
  return [
    gauge(
      `${PREFIX}_activecontrollercount`,
      '1 on the active controller.',
      one(() => Number(isActive())),
    ),
    gauge(
      `${PREFIX}_activebrokercount`,
      'Brokers that are not fenced.',
      one(() => brokers(false)),
    ),
    gauge(
      `${PREFIX}_fencedbrokercount`,
      'Brokers that are fenced.',
      one(() => brokers(true)),
    ),
    gauge(
      `${PREFIX}_controlledshutdownbrokercount`,
      'Brokers that are about to stop.',
      one(() => [...image().brokers.values()].filter(({ inControlledShutdown }) => inControlledShutdown).length),
    ),
    gauge(`${PREFIX}_brokerregistrationstate`, '10: fenced, 20: about to stop, 30: serves.', () =>
      Array.from(image().brokers.values(), ({ id, fenced, inControlledShutdown }) => ({
        labels: { broker: id },
        value: fenced ? FENCED : inControlledShutdown ? CONTROLLED_SHUTDOWN : ACTIVE,
      })),
    ),
    gauge(
      `${PREFIX}_globaltopiccount`,
      'Topics of the cluster.',
      one(() => image().topicsByName.size),
    ),
    gauge(
      `${PREFIX}_globalpartitioncount`,
      'Partitions of the cluster.',
      one(() => image().partitionCount),
    ),
    gauge(
      `${PREFIX}_offlinepartitionscount`,
      'Partitions without a leader.',
      one(() => withoutLeader(image())),
    ),
    gauge(
      `${PREFIX}_preferredreplicaimbalancecount`,
      'Partitions whose leader is not the first of their replicas.',
      one(() => imbalanced(image())),
    ),
    gauge(
      `${PREFIX}_lastappliedrecordoffset`,
      'The last record in the image.',
      one(() => image().offset),
    ),
    counter(
      'kafka_controller_controllerstats_uncleanleaderelections_total',
      'Elections of replicas that may miss committed records.',
      one(() => counts.uncleanElections),
    ),
    counter(
      'kafka_controller_controllerstats_electionfromeligibleleaderreplicas_total',
      'Elections of replicas out of the ISR that have all committed records.',
      one(() => counts.electionsFromEligible),
    ),
    counter(
      'odradek_controller_leader_elections_total',
      'Partitions that got another leader.',
      one(() => counts.elections),
    ),
    gauge(
      `${PREFIX}_newactivecontrollerscount`,
      'Controllers that this node saw come into office.',
      one(() => metrics.newControllers),
    ),
    gauge(
      `${PREFIX}_eventqueueoperationsstartedcount`,
      'Commands that the controller of this node was given.',
      one(() => metrics.operations),
    ),
    ...quorumFamilies(parts),
    ...appliedFamilies(parts),
    ...imageFamilies(image),
  ]
}

function quorumFamilies({ quorum, metrics, observers, monotonicMs }: MetadataParts): Family[] {
  return [
    gauge(
      `${RAFT}_current_leader`,
      'The leader of the metadata quorum; -1: none is known.',
      one(() => quorum().leaderId),
    ),
    gauge(
      `${RAFT}_current_epoch`,
      "The quorum's epoch.",
      one(() => quorum().leaderEpoch),
    ),
    gauge(
      `${RAFT}_high_watermark`,
      'Records of the metadata log that are committed.',
      one(() => quorum().highWatermark),
    ),
    gauge(
      `${RAFT}_log_end_offset`,
      'The next offset of the metadata log.',
      one(() => quorum().logEndOffset),
    ),
    gauge(
      `${RAFT}_number_of_voters`,
      'Voters of the quorum.',
      one(() => quorum().voters.length),
    ),
    gauge(`${RAFT}_number_of_observers`, 'Nodes that follow the quorum without a vote, as its leader knows.', () => {
      const count = observers()
      return count === undefined ? [] : [{ labels: {}, value: count }]
    }),
    gauge(`${RAFT}_current_state_info`, "What this node is in the quorum: 1, the state is the label's.", () => [
      { labels: { state: quorum().role ?? 'stopped' }, value: 1 },
    ]),
    gauge(
      `${RAFT}_current_vote`,
      'Whom this node voted for in this epoch; -1: nobody.',
      one(() => quorum().votedId),
    ),
    gauge(
      `${RAFT}_log_end_epoch`,
      'The epoch of the last record of the metadata log.',
      one(() => quorum().logEndEpoch),
    ),
    ...recentFamilies(
      `${RAFT}_commit_latency`,
      'How long a decision of the controller took until a majority had it.',
      metrics.commits,
      monotonicMs,
    ),
    ...recentFamilies(
      `${RAFT}_election_latency`,
      'How long this node stood for election until a leader was known.',
      metrics.elections,
      monotonicMs,
    ),
  ]
}

/** How far the image is, by the clock. */
function appliedFamilies({ metrics, nowMs, quorum }: MetadataParts): Family[] {
  const lag = () => Math.max(0, nowMs() - metrics.appliedTimestamp)
  return [
    gauge(
      `${PREFIX}_lastcommittedrecordoffset`,
      'The last record of the metadata log that is committed.',
      one(() => quorum().highWatermark - 1),
    ),
    ...[`${PREFIX}_lastappliedrecord`, 'kafka_server_broker_metadata_metrics_last_applied_record_'].flatMap(
      (prefix) => [
        gauge(
          `${prefix}timestamp`,
          'When the last record in the image was written.',
          one(() => metrics.appliedTimestamp),
        ),
        gauge(`${prefix}${prefix.endsWith('_') ? 'lag_ms' : 'lagms'}`, 'How long ago that was.', one(lag)),
      ],
    ),
    gauge(
      'kafka_server_metadataloader_currentcontrollerid',
      'The active controller; -1: none is known.',
      one(() => quorum().leaderId),
    ),
    gauge(
      'kafka_server_metadataloader_handleloadsnapshotcount',
      'Snapshots that the image was loaded from.',
      one(() => metrics.snapshots),
    ),
  ]
}

function imageFamilies(image: () => MetadataImage): Family[] {
  return [
    gauge(
      'kafka_server_broker_metadata_metrics_last_applied_record_offset',
      'The last record in the image.',
      one(() => image().offset),
    ),
    gauge(
      'kafka_server_metadataloader_currentmetadataversion',
      'The level of metadata.version.',
      one(() => image().featureLevel('metadata.version')),
    ),
    gauge('kafka_server_metadataloader_finalizedlevel', 'Levels of features.', () => featureLevels(image())),
  ]
}

function* featureLevels(image: MetadataImage): Iterable<Series> {
  for (const [name, value] of image.features) {
    yield {
      labels: { featureName: name.replaceAll(/\.(\w)/g, (_match, letter: string) => letter.toUpperCase()) },
      value,
    }
  }
}

function withoutLeader(image: MetadataImage): number {
  let count = 0
  for (const { partitions } of image.topicsByName.values()) for (const { leader } of partitions) if (leader < 0) count++
  return count
}

function imbalanced(image: MetadataImage): number {
  let count = 0
  for (const { partitions } of image.topicsByName.values()) {
    for (const { leader, replicas } of partitions) if (leader !== replicas[0]) count++
  }
  return count
}
