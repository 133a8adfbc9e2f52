import type { Replica, ReplicaRegistry } from '../../broker/replicas.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import type { ReplicaMetrics } from '../../metrics/broker-metrics.ts'
import type { FetchSessionCache } from '../../partition/fetch-session-cache.ts'
import { counter, type Family, gauge, oncePerTurn, one, type Series } from './family.ts'
import { WrittenLabels } from './labels.ts'

const MANAGER = 'kafka_server_replicamanager'
const PARTITION = 'kafka_cluster_partition'
const FOLLOWING = 'ReplicaFetcherManager'

export interface ReplicaParts {
  readonly replicas: ReplicaRegistry
  readonly sessions: Pick<FetchSessionCache, 'size' | 'totalPartitions' | 'evictions'>
  readonly image: () => MetadataImage
}

export function replicaFamilies({ replicas, sessions, image }: ReplicaParts): Family[] {
  const { replicas: counts } = replicas.metrics
  const isReassigning = ({ topic, partition }: Replica): boolean => {
    const found = image().partition(topic, partition)
    return found !== undefined && found.addingReplicas.length + found.removingReplicas.length > 0
  }
  return [
    ...managerFamilies(replicas, isReassigning),
    counter(
      `${MANAGER}_isrshrinks_total`,
      'Replicas that left an ISR of ours.',
      one(() => counts.isrShrinks),
    ),
    counter(
      `${MANAGER}_isrexpands_total`,
      'Replicas that joined an ISR of ours.',
      one(() => counts.isrExpands),
    ),
    counter(
      `${MANAGER}_failedisrupdates_total`,
      'Changes of an ISR that the controller refused.',
      one(() => counts.failedIsrUpdates),
    ),
    ...partitionFamilies(replicas),
    ...followerFamilies(replicas),
    ...waitingFamilies(counts),
    ...sessionFamilies(sessions),
  ]
}

/** Of all replicas here, in one look. */
interface Census {
  replicas: number
  leaders: number
  underReplicated: number
  underMinIsr: number
  atMinIsr: number
  reassigning: number
  producers: number
}

function managerFamilies(replicas: ReplicaRegistry, isReassigning: (replica: Replica) => boolean): Family[] {
  const census = oncePerTurn(() => take(replicas, isReassigning))
  const of = (name: string, help: string, value: (census: Census) => number) =>
    gauge(
      `${MANAGER}_${name}`,
      help,
      one(() => value(census())),
    )
  return [
    of('leadercount', 'Partitions that this broker leads.', ({ leaders }) => leaders),
    of(
      'partitioncount',
      'Partitions of which this broker has a replica.',
      (taken) => taken.replicas + replicas.offlineCount,
    ),
    of('offlinereplicacount', 'Replicas whose log can not be used.', () => replicas.offlineCount),
    of(
      'underreplicatedpartitions',
      'Partitions led here that miss a replica in the ISR.',
      ({ underReplicated }) => underReplicated,
    ),
    of(
      'underminisrpartitioncount',
      'Partitions led here with fewer in sync than must be.',
      ({ underMinIsr }) => underMinIsr,
    ),
    of('atminisrpartitioncount', 'Partitions led here with just as many in sync as must be.', (one) => one.atMinIsr),
    of(
      'produceridcount',
      'Idempotent and transactional producers that logs here remember, once for each partition.',
      ({ producers }) => producers,
    ),
    of('reassigningpartitions', 'Partitions led here that move.', ({ reassigning }) => reassigning),
  ]
}

function take(replicas: ReplicaRegistry, isReassigning: (replica: Replica) => boolean): Census {
  const census: Census = {
    replicas: 0,
    leaders: 0,
    underReplicated: 0,
    underMinIsr: 0,
    atMinIsr: 0,
    reassigning: 0,
    producers: 0,
  }
  for (const replica of replicas.all()) {
    census.replicas++
    census.producers += replica.log.producerCount
    if (!replica.isLeader) continue
    census.leaders++
    if (isUnderReplicated(replica)) census.underReplicated++
    if (isUnderMinIsr(replica)) census.underMinIsr++
    if (isAtMinIsr(replica)) census.atMinIsr++
    if (isReassigning(replica)) census.reassigning++
  }
  return census
}

function partitionFamilies(replicas: ReplicaRegistry): Family[] {
  const of = (name: string, help: string, value: (replica: Replica) => number) =>
    gauge(name, help, () => eachPartition(replicas, value))
  return [
    of(`${PARTITION}_underreplicated`, '1: a replica is missing in the ISR.', (one) => Number(isUnderReplicated(one))),
    of(`${PARTITION}_underminisr`, '1: fewer are in sync than must be.', (one) => Number(isUnderMinIsr(one))),
    of(`${PARTITION}_atminisr`, '1: just as many are in sync as must be.', (one) => Number(isAtMinIsr(one))),
    of(`${PARTITION}_insyncreplicascount`, 'Replicas in sync; 0 where this broker does not lead.', (one) =>
      one.isLeader ? one.isr.length : 0,
    ),
    of(`${PARTITION}_replicascount`, 'Replicas; 0 where this broker does not lead.', (one) =>
      one.isLeader ? one.replicas.length : 0,
    ),
    of(`${PARTITION}_laststableoffsetlag`, 'Records held back by open transactions.', ({ log }) =>
      Math.max(0, log.highWatermark - log.lastStableOffset),
    ),
    of('kafka_log_log_size', 'Bytes of the log on disk.', ({ log }) => log.sizeInBytes),
    of('kafka_log_log_logendoffset', 'The offset of the next record.', ({ log }) => log.logEndOffset),
    of('kafka_log_log_logstartoffset', 'The first offset that is kept.', ({ log }) => log.logStartOffset),
    of('kafka_log_log_numlogsegments', 'Segments of the log.', ({ log }) => log.segmentBaseOffsets.length),
  ]
}

function followerFamilies(replicas: ReplicaRegistry): Family[] {
  const labels = { clientId: 'Replica' }
  const lags = () => [...replicas.all()].filter(({ isLeader }) => !isLeader)
  return [
    gauge(`kafka_server_${FOLLOWING.toLowerCase()}_maxlag`, 'Records that the slowest of our followers lacks.', () => [
      { labels, value: lags().reduce((most, { leaderLag }) => Math.max(most, leaderLag), 0) },
    ]),
    gauge('kafka_server_fetcherlagmetrics_consumerlag', 'Records that a follower here lacks of its leader.', () =>
      lags().map(({ topic, partition, leaderLag }) => ({ labels: { ...labels, topic, partition }, value: leaderLag })),
    ),
  ]
}

function waitingFamilies(counts: ReplicaMetrics): Family[] {
  const waiting = (): Series[] => [
    { labels: { delayedOperation: 'Fetch' }, value: counts.waitingFetches },
    { labels: { delayedOperation: 'Produce' }, value: counts.waitingProduces },
  ]
  return [
    gauge('kafka_server_delayedoperationpurgatory_purgatorysize', 'Requests that wait for something.', waiting),
    gauge('kafka_server_delayedoperationpurgatory_numdelayedoperations', 'Requests that wait for something.', waiting),
    counter('kafka_server_delayedfetchmetrics_expires_total', 'Fetches that waited in vain.', () => [
      { labels: { fetcherType: 'consumer' }, value: counts.expiredConsumerFetches },
      { labels: { fetcherType: 'follower' }, value: counts.expiredFollowerFetches },
    ]),
    counter(
      'kafka_server_delayedproducemetrics_expires_total',
      'Produces whose replicas were too slow.',
      one(() => counts.expiredProduces),
    ),
  ]
}

function sessionFamilies(sessions: ReplicaParts['sessions']): Family[] {
  const prefix = 'kafka_server_fetchsessioncache'
  return [
    gauge(
      `${prefix}_numincrementalfetchsessions`,
      'Fetch sessions.',
      one(() => sessions.size),
    ),
    gauge(
      `${prefix}_numincrementalfetchpartitionscached`,
      'Partitions of all fetch sessions.',
      one(() => sessions.totalPartitions),
    ),
    counter(
      `${prefix}_incrementalfetchsessionevictions_total`,
      'Fetch sessions that had to make room for others.',
      one(() => sessions.evictions),
    ),
  ]
}

function* eachPartition(replicas: ReplicaRegistry, value: (replica: Replica) => number): Iterable<Series> {
  for (const replica of replicas.all()) {
    yield { labels: labelsOf(replica), value: value(replica) }
  }
}

/** As long as the replica is there: most of a scrape is of partitions. */
const known = new WeakMap<Replica, WrittenLabels>()

function labelsOf(replica: Replica): WrittenLabels {
  const before = known.get(replica)
  if (before !== undefined) return before
  const labels = new WrittenLabels({ topic: replica.topic, partition: replica.partition })
  known.set(replica, labels)
  return labels
}

const isUnderReplicated = ({ isLeader, isr, replicas }: Replica): boolean => isLeader && isr.length < replicas.length
const isUnderMinIsr = (replica: Replica): boolean => replica.isLeader && replica.isUnderMinIsr
const isAtMinIsr = ({ isLeader, isr, state }: Replica): boolean => isLeader && isr.length === state.minInSync
