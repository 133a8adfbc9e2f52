import { Command } from 'commander'
import { groupLags } from '../../client/admin/group-offsets.ts'
import { listGroups } from '../../client/admin/groups.ts'
import { describeLogDirs } from '../../client/admin/log-dirs.ts'
import { describeQuorum } from '../../client/admin/quorum.ts'
import { listTopics } from '../../client/admin/topics.ts'
import type { KafkaClient } from '../../client/client.ts'
import { print, printJson } from '../terminal/output.ts'
import { bad, bytesText, good, table } from '../terminal/table.ts'
import { asking, type ClientFlags, withClient } from './common.ts'
import { summaryOf } from './topics.ts'

const SHOWN_GROUPS = 10

export function statusCommand(): Command {
  return asking(
    new Command('status').description(
      'the cluster at a glance; exit code 1 where partitions are offline or a log directory is',
    ),
    ['status', 'status --json -b broker1:9092'],
  ).action((flags: ClientFlags) =>
    withClient(flags, async (client) => {
      const status = await look(client)
      if (flags.json) printJson(status)
      else show(status)
      if (!status.isHealthy) process.exitCode = 1
    }),
  )
}

interface LogDirRow {
  readonly broker: number
  /** null: the broker does not say. */
  readonly path: string | null
  readonly error: string | null
  readonly usedBytes: number | null
  readonly usableBytes: number | null
  readonly totalBytes: number | null
}

async function look(client: KafkaClient) {
  const { clusterId, brokers } = await client.cluster()
  const ids = brokers.map(({ id }) => id)
  const [topics, quorum, dirs, groups] = await Promise.all([
    listTopics(client),
    describeQuorum(client).catch(told),
    describeLogDirs(client, ids),
    listGroups(client),
  ])
  const summaries = topics.map(summaryOf)
  const sum = (of: 'partitions' | 'underReplicated' | 'offline') => summaries.reduce((total, one) => total + one[of], 0)
  const logDirs = [...dirs].flatMap(([broker, found]): LogDirRow[] =>
    found instanceof Error
      ? [{ broker, path: null, error: found.message, usedBytes: null, usableBytes: null, totalBytes: null }]
      : found.map(({ path, error, replicas, usableBytes, totalBytes }) => ({
          broker,
          path,
          error: error?.message ?? null,
          usedBytes: replicas.reduce((total, { sizeInBytes }) => total + sizeInBytes, 0),
          usableBytes,
          totalBytes,
        })),
  )
  const lags = await groupLags(client, groups)
  const behind = groups
    .map(({ groupId, type, state }) => {
      const mine = lags.get(groupId)
      const lag = Array.isArray(mine) ? mine.reduce((total, one) => total + (one.lag ?? 0), 0) : null
      return { groupId, type, state, lag }
    })
    .sort((a, b) => (b.lag ?? -1) - (a.lag ?? -1))
  const offline = sum('offline')
  return {
    clusterId,
    isHealthy: offline === 0 && logDirs.every(({ error }) => error === null),
    controller: quorum instanceof Error ? null : quorum.leaderId,
    brokers: brokers.map(({ id, host, port, rack }) => ({ id, host, port, rack })),
    quorum:
      quorum instanceof Error
        ? { error: quorum.message }
        : {
            leader: quorum.leaderId,
            epoch: quorum.leaderEpoch,
            voters: quorum.voters.map(({ id }) => id),
            observers: quorum.observers.map(({ id }) => id),
          },
    topics: topics.length,
    partitions: sum('partitions'),
    underReplicated: sum('underReplicated'),
    offline,
    logDirs,
    groups: behind,
  }
}

function told(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

type Status = Awaited<ReturnType<typeof look>>

function show(status: Status): void {
  const { underReplicated, offline, quorum, groups } = status
  print(`Cluster ${status.clusterId}: ${status.isHealthy ? good('healthy') : bad('not healthy')}\n`)
  print(
    table(
      [
        { title: 'BROKER', value: ({ id }) => id, isNumber: true },
        { title: 'ADDRESS', value: ({ host, port }) => `${host}:${port}` },
        { title: 'RACK', value: ({ rack }) => rack },
      ],
      status.brokers,
    ),
  )
  if ('error' in quorum) print(`\nQuorum: ${quorum.error}`)
  else
    print(
      `\nQuorum: leader ${quorum.leader} in epoch ${quorum.epoch}; voters ${quorum.voters.join(', ')}; observers ${quorum.observers.join(', ') || 'none'}`,
    )
  print(`Topics: ${status.topics} with ${status.partitions} partitions`)
  print(
    `Under-replicated: ${underReplicated === 0 ? good('0') : bad(String(underReplicated))}, offline: ${offline === 0 ? good('0') : bad(String(offline))}\n`,
  )
  print(
    table(
      [
        { title: 'BROKER', value: ({ broker }) => broker, isNumber: true },
        { title: 'LOG DIRECTORY', value: ({ path, error }) => path ?? error },
        { title: 'USED', value: ({ usedBytes }) => (usedBytes === null ? null : bytesText(usedBytes)), isNumber: true },
        {
          title: 'FREE',
          value: ({ usableBytes }) => (usableBytes === null || usableBytes < 0 ? null : bytesText(usableBytes)),
          isNumber: true,
        },
        { title: 'ERROR', value: ({ path, error }) => (path === null ? null : error) },
      ],
      status.logDirs,
    ),
  )
  if (groups.length === 0) return
  print(
    `\nGroups: ${groups.length}${groups.length > SHOWN_GROUPS ? `, the ${SHOWN_GROUPS} that are furthest behind` : ''}`,
  )
  print(
    table(
      [
        { title: 'GROUP', value: ({ groupId }) => groupId },
        { title: 'TYPE', value: ({ type }) => type },
        { title: 'STATE', value: ({ state }) => state },
        { title: 'LAG', value: ({ lag }) => lag, isNumber: true },
      ],
      groups.slice(0, SHOWN_GROUPS),
    ),
  )
}
