import type { MetadataImage } from '../../metadata/image.ts'
import type { ControllerMetrics } from '../../metrics/broker-metrics.ts'
import { counter, type Family, gauge, one, type Series } from './family.ts'

const PREFIX = 'kafka_controller_kafkacontroller'
const RAFT = 'kafka_server_raft_metrics'

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
  }
}

/** Every node knows these by its image; a dashboard takes the greatest. */
export function controllerFamilies(parts: MetadataParts): Family[] {
  const { image, isActive, counts } = parts
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
    gauge(
      `${PREFIX}_metadataerrorcount`,
      'Errors of applying metadata: such a node stops.',
      one(() => 0),
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
    ...quorumFamilies(parts),
    ...imageFamilies(image),
  ]
}

function quorumFamilies({ quorum }: MetadataParts): Family[] {
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
