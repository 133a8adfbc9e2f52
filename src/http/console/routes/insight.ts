import { z } from 'zod'
import type { IsrEntry } from '../../../insight/isr-history.ts'
import type { ConnectionInfo } from '../../../protocol/frame-handler.ts'
import type { ConnectionRow, IsrChange, RefusalKind } from '../api.ts'
import { refusalOf } from '../explain.ts'
import { checkMayDescribeCluster } from '../may.ts'
import { sliceOf } from '../paging.ts'
import { page, type RouteDefinition, route, topicName, whole } from '../route.ts'

const DEFAULT_LIMIT = 200
const limit = whole(1, 2_000).optional()

const KINDS = [
  'unsupported-version',
  'unknown-api',
  'oversized-frame',
  'tls-on-plain',
  'plain-on-tls',
  'http-on-kafka',
  'tls-handshake',
  'login-failed',
  'login-missing',
  'acl-denied',
  'too-many-connections',
  'unreachable-listener',
  'malformed-request',
  'session-expired',
  'message-too-large',
  'throttled',
  'other',
] as const satisfies readonly RefusalKind[]

export const insightRoutes: readonly RouteDefinition[] = [
  route(
    'GET /api/insight/isr',
    { query: z.strictObject({ topic: topicName.optional(), limit }) },
    async ({ query, client, node }) => {
      await checkMayDescribeCluster(client)
      const { isr } = node.insight
      const found = isr.entries().filter(({ topic }) => query.topic === undefined || topic === query.topic)
      return { changes: found.slice(0, query.limit ?? DEFAULT_LIMIT).map(changeOf), sinceMs: isr.sinceMs }
    },
  ),

  route('GET /api/insight/latencies', {}, async ({ client, node }) => {
    await checkMayDescribeCluster(client)
    return { brokerId: node.nodeId, apis: node.latencies() }
  }),

  route(
    'GET /api/insight/connections',
    { query: z.strictObject({ search: page.search, offset: page.offset, limit: page.limit }) },
    async ({ query, client, node }) => {
      await checkMayDescribeCluster(client)
      const wanted = query.search?.toLowerCase() ?? ''
      const rows = [...node.connections()].map((info) => rowOf(info, node.monotonicMs()))
      const found = wanted === '' ? rows : rows.filter((row) => textOf(row).includes(wanted))
      found.sort((a, b) => b.openedMs - a.openedMs)
      return { brokerId: node.nodeId, connections: sliceOf(found, query), total: found.length }
    },
  ),

  route(
    'GET /api/insight/refusals',
    { query: z.strictObject({ kind: z.enum(KINDS).optional(), search: page.search, limit }) },
    async ({ query, client, node }) => {
      await checkMayDescribeCluster(client)
      for (const connection of node.connections()) node.insight.look(connection)
      const wanted = query.search?.toLowerCase() ?? ''
      const found = node.insight.refusals
        .entries()
        .map((entry) => refusalOf(entry, node.bootstrap()))
        .filter(({ kind }) => query.kind === undefined || kind === query.kind)
        .filter((refusal) => wanted === '' || JSON.stringify(refusal).toLowerCase().includes(wanted))
      return {
        brokerId: node.nodeId,
        refusals: found.slice(0, query.limit ?? DEFAULT_LIMIT),
        sinceMs: node.insight.refusals.sinceMs,
      }
    },
  ),
]

function changeOf(entry: IsrEntry): IsrChange {
  const { atMs, topic, before, after } = entry
  const { partition, leader, leaderEpoch, isr } = after
  const lost = before.isr.filter((replica) => !isr.includes(replica))
  const won = isr.filter((replica) => !before.isr.includes(replica))
  const kind = leader < 0 ? 'offline' : leader !== before.leader ? 'leader' : lost.length > 0 ? 'shrink' : 'expand'
  const sentences = [
    leader < 0 ? `No broker leads ${topic}-${partition} any more: it can be neither read nor written.` : '',
    leader >= 0 && before.leader < 0 ? `Broker ${leader} leads it: it had no leader.` : '',
    leader >= 0 && before.leader >= 0 && leader !== before.leader
      ? `Broker ${leader} leads it in the place of broker ${before.leader}.`
      : '',
    lost.length > 0 ? `${brokers(lost)} fell out of sync.` : '',
    won.length > 0 ? `${brokers(won)} caught up.` : '',
  ]
  return {
    atMs,
    topic,
    partition,
    kind,
    leader,
    leaderEpoch,
    isr,
    before: { leader: before.leader, isr: before.isr },
    message: sentences.filter((sentence) => sentence !== '').join(' '),
  }
}

function brokers(ids: readonly number[]): string {
  return ids.length === 1 ? `Broker ${ids[0]}` : `Brokers ${ids.join(', ')}`
}

function rowOf(info: ConnectionInfo, nowMs: number): ConnectionRow {
  const { id, peerAddress, peerPort, listenerName, securityProtocol, principal, use } = info
  return {
    id,
    address: peerAddress,
    port: peerPort,
    listener: listenerName,
    securityProtocol,
    principal,
    clientId: use?.clientId ?? '',
    software: { name: info.clientSoftwareName, version: info.clientSoftwareVersion },
    openedMs: use?.openedMs ?? 0,
    idleMs: use === undefined ? 0 : Math.max(0, Math.round(nowMs - use.lastMs)),
    bytesIn: use?.bytesIn ?? 0,
    bytesOut: use?.bytesOut ?? 0,
    requests: use?.requests ?? 0,
  }
}

function textOf({ address, listener, principal, clientId, software }: ConnectionRow): string {
  return [address, listener, principal, clientId, software.name, software.version].join(' ').toLowerCase()
}
