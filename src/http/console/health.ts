import { KafkaError } from '../../base/errors.ts'
import { listReassignments } from '../../client/admin/reassignments.ts'
import type { KafkaClient } from '../../client/client.ts'
import type { PartitionView, TopicView } from '../../client/types.ts'
import type { Finding, Health } from './api.ts'
import type { Sizes } from './cluster-look.ts'
import { minIsrOf } from './min-isr.ts'

interface BrokerState {
  readonly brokerId: number
  readonly isFenced: boolean
}

/** A directory that is nearly full. */
const LITTLE_ROOM = 0.1
const MOST_NAMES = 3

/** What a person should look at, in plain words. */
export async function healthOf(
  client: KafkaClient,
  topics: readonly TopicView[],
  { directories }: Sizes,
  brokers: readonly BrokerState[],
): Promise<Health> {
  const partitions = topics.flatMap(({ name, partitions: all }) =>
    all.map((partition) => ({ topic: name, ...partition })),
  )
  const offline = partitions.filter(({ leader }) => leader < 0)
  const behind = partitions.filter(({ replicas, isr }) => isr.length < replicas.length)
  const minIsr = behind.length === 0 ? new Map<string, number>() : await minIsrOf(client, namesOf(behind))
  const underMinIsr = behind.filter(({ topic, isr }) => isr.length < (minIsr.get(topic) ?? 1))
  const notPreferred = partitions.filter(({ leader, replicas }) => leader >= 0 && leader !== replicas[0])
  const failed = directories.filter(({ error }) => error !== undefined)
  const full = directories.filter(
    ({ totalBytes, usableBytes }) => totalBytes > 0 && usableBytes < totalBytes * LITTLE_ROOM,
  )
  const fenced = brokers.filter(({ isFenced }) => isFenced)
  const moving = await reassigning(client)
  const findings: Finding[] = [
    ...when(offline, (names) => ({
      severity: 'bad',
      message: `${count(offline.length, 'partition')} without a leader can be neither read nor written: ${names}.`,
      fix: 'Start the brokers that hold their replicas. If they are lost for good, an unclean election may help, and loses records.',
      page: 'topics',
    })),
    ...when(underMinIsr, (names) => ({
      severity: 'bad',
      message: `${count(underMinIsr.length, 'partition')} with fewer in-sync replicas than min.insync.replicas take no records with acks=all: ${names}.`,
      fix: 'Start the brokers that are missing, or lower min.insync.replicas of the topic.',
      page: 'topics',
    })),
    ...failed.map(({ broker, path }): Finding => {
      const fix = 'Repair the disk, or move the directory away, and restart the broker.'
      return { severity: 'bad', message: `Broker ${broker} can not use its directory ${path}.`, fix, page: 'log-dirs' }
    }),
    ...fenced.map(({ brokerId }): Finding => {
      const fix = 'Start it, or unregister it if it is gone for good.'
      return {
        severity: 'warning',
        message: `Broker ${brokerId} is fenced: it does not serve clients.`,
        fix,
        page: 'brokers',
      }
    }),
    ...when(moving === 0 ? behind : [], (names) => ({
      severity: 'warning',
      message: `${count(behind.length, 'partition')} with replicas that are not in sync: ${names}.`,
      fix: 'See whether a broker is missing or slow.',
      page: 'topics',
    })),
    ...full.map(({ broker, path }): Finding => {
      const fix = 'Shorten retention.ms or retention.bytes of large topics, or move partitions to other directories.'
      return {
        severity: 'warning',
        message: `The disk of broker ${broker} under ${path} is nearly full.`,
        fix,
        page: 'log-dirs',
      }
    }),
    ...(moving > 0
      ? [{ severity: 'warning', message: `${count(moving, 'partition')} being moved.`, page: 'reassignments' } as const]
      : []),
  ]
  const isBad = findings.some(({ severity }) => severity === 'bad')
  return {
    state: isBad ? 'bad' : findings.length > 0 ? 'warning' : 'good',
    offlinePartitions: offline.length,
    underReplicatedPartitions: behind.length,
    underMinIsrPartitions: underMinIsr.length,
    notPreferredLeaders: notPreferred.length,
    offlineDirectories: failed.length,
    fencedBrokers: fenced.length,
    findings,
  }
}

type Named = PartitionView & { readonly topic: string }

function when(found: readonly Named[], finding: (names: string) => Finding): Finding[] {
  if (found.length === 0) return []
  const names = found.slice(0, MOST_NAMES).map(({ topic, partition }) => `${topic}-${partition}`)
  const more = found.length > MOST_NAMES ? ` and ${found.length - MOST_NAMES} more` : ''
  return [finding(`${names.join(', ')}${more}`)]
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

function namesOf(partitions: readonly Named[]): string[] {
  return [...new Set(partitions.map(({ topic }) => topic))]
}

async function reassigning(client: KafkaClient): Promise<number> {
  try {
    return (await listReassignments(client)).length
  } catch (error) {
    // Not for this user to know.
    if (error instanceof KafkaError) return 0
    throw error
  }
}
