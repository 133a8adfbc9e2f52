import { performance } from 'node:perf_hooks'
import type { Families } from '../http/exposition.ts'
import { accessFamilies } from '../http/metrics/access.ts'
import { controllerFamilies } from '../http/metrics/controller.ts'
import { clusterEndOffsets } from '../http/metrics/end-offsets.ts'
import type { Family } from '../http/metrics/family.ts'
import { groupFamilies } from '../http/metrics/groups.ts'
import { networkFamilies } from '../http/metrics/network.ts'
import { quotaFamilies } from '../http/metrics/quotas.ts'
import { replicaFamilies } from '../http/metrics/replicas.ts'
import { requestFamilies } from '../http/metrics/requests.ts'
import { shareFamilies } from '../http/metrics/shares.ts'
import { storageFamilies } from '../http/metrics/storage.ts'
import { collectedFamilies, telemetryFamilies } from '../http/metrics/telemetry.ts'
import { topicFamilies } from '../http/metrics/topics.ts'
import { transactionFamilies } from '../http/metrics/transactions.ts'
import type { BrokerSide } from './broker-side.ts'
import { isCordonedBy } from './effective-config.ts'
import type { NodeParts } from './http.ts'
import type { World } from './world.ts'

const ONE_SCRAPE_MS = 1_000

/** The metrics of a node; those of a broker as soon as there is one. */
export function metricFamilies(world: World, parts: NodeParts): Families {
  const common = nodeFamilies(world, parts)
  let side: BrokerSide | undefined
  let all: readonly Family[] = common
  const families = () => {
    const now = parts.broker()
    if (now !== side) all = now === undefined ? common : [...common, ...brokerFamilies(world, parts, now)]
    side = now
    return all
  }
  const passing = () => {
    const collected = parts.broker()?.telemetry.collected
    return collected === undefined ? [] : collectedFamilies(collected, world.clock.monotonic())
  }
  return { families, passing }
}

function nodeFamilies(
  { metrics, clock, effective }: World,
  { metadata, logs, controller, broker }: NodeParts,
): Family[] {
  const listeners = () => [...(broker()?.bound ?? []), ...(controller?.bound ?? [])].map(({ listener }) => listener)
  return [
    ...requestFamilies(metrics.requests, () => clock.monotonic()),
    ...networkFamilies({ listeners, idleRatio: idleRatio() }),
    ...controllerFamilies({
      counts: metrics.controller,
      image: () => metadata.image,
      isActive: () => metadata.isActive,
      quorum: () => metadata.quorum(),
      metrics: metadata.metrics,
      observers: () => metadata.describeQuorum()?.observers.length,
      monotonicMs: () => clock.monotonic(),
      nowMs: () => clock.now(),
    }),
    ...accessFamilies({ counts: metrics.access, image: () => metadata.image }),
    ...storageFamilies(
      logs,
      (path) => isCordonedBy(effective.value('cordoned.log.dirs'), path),
      () => clock.monotonic(),
    ),
  ]
}

function brokerFamilies(
  { metrics, config, peers, clock }: World,
  { metadata }: NodeParts,
  broker: BrokerSide,
): Family[] {
  const { replicas, sessions, throttles } = broker.parts
  const image = () => metadata.image
  const monotonicMs = () => clock.monotonic()
  const { interBrokerListenerName } = config
  const addressOf = (id: number) =>
    image()
      .broker(id)
      ?.endpoints.find(({ name }) => name === interBrokerListenerName)
  return [
    ...topicFamilies(metrics.topics),
    ...telemetryFamilies(broker.telemetry.clients, broker.telemetry.collected),
    ...quotaFamilies(throttles),
    ...shareFamilies(broker.shares.view, monotonicMs),
    ...transactionFamilies(broker.transactions, monotonicMs),
    ...replicaFamilies({ replicas, sessions, image }),
    ...groupFamilies(
      {
        groups: broker.groups.coordinator,
        host: broker.groups.host,
        counts: broker.groups.counts,
        ends: clusterEndOffsets({ replicas, image, addressOf, peers }),
      },
      monotonicMs,
    ),
  ]
}

/** Since the last time that it was asked: that is, by all of the metrics of a scrape together. */
function idleRatio(): () => number {
  let last = performance.eventLoopUtilization()
  let ratio = 1 - last.utilization
  let lookedMs = performance.now()
  return () => {
    const nowMs = performance.now()
    if (nowMs - lookedMs < ONE_SCRAPE_MS) return ratio
    const now = performance.eventLoopUtilization()
    ratio = 1 - performance.eventLoopUtilization(now, last).utilization
    last = now
    lookedMs = nowMs
    return ratio
  }
}
