import type { ListenerMetrics } from '../../metrics/broker-metrics.ts'
import type { ConnectionInfo } from '../../protocol/frame-handler.ts'
import { counter, type Family, gauge, one, type Series } from './family.ts'

const PREFIX = 'kafka_server_socket_server_metrics'
/** There is one loop for all connections. */
const PROCESSOR = '0'

export interface ListenerView {
  readonly name: string
  readonly metrics: ListenerMetrics
  readonly connectionCount: number
  readonly waitingRequests: number
  connections(): Iterable<ConnectionInfo>
}

export interface NetworkParts {
  readonly listeners: () => readonly ListenerView[]
  /** The part of the time since the start, or since it was asked last, in which the event loop had nothing to do. */
  readonly idleRatio: () => number
}

const LOGINS: readonly (readonly [name: string, help: string, value: (metrics: ListenerMetrics) => number])[] = [
  ['successful_authentication', 'Logins.', ({ logins }) => logins],
  ['failed_authentication', 'Logins that were refused.', ({ failedLogins }) => failedLogins],
  ['successful_reauthentication', 'Sessions that were renewed.', ({ reauthentications }) => reauthentications],
  ['failed_reauthentication', 'Sessions that were not.', ({ failedReauthentications }) => failedReauthentications],
  [
    'successful_authentication_no_reauth',
    'Logins of clients that can not renew a session.',
    ({ loginsWithoutReauthentication }) => loginsWithoutReauthentication,
  ],
]

export function networkFamilies({ listeners, idleRatio }: NetworkParts): Family[] {
  const of = (value: (listener: ListenerView) => number) => () =>
    listeners().map((listener) => ({
      labels: { listener: listener.name, networkProcessor: PROCESSOR },
      value: value(listener),
    }))
  return [
    gauge(
      `${PREFIX}_connection_count`,
      'Open connections.',
      of(({ connectionCount }) => connectionCount),
    ),
    counter(
      `${PREFIX}_connection_creation_total`,
      'Connections taken.',
      of(({ metrics }) => metrics.opened),
    ),
    counter(
      `${PREFIX}_connection_close_total`,
      'Connections closed.',
      of(({ metrics }) => metrics.closed),
    ),
    counter(
      `${PREFIX}_expired_connections_killed_count`,
      'Connections that went on after the end of their session.',
      of(({ metrics }) => metrics.expiredSessions),
    ),
    ...LOGINS.map(([name, help, value]) =>
      counter(
        `${PREFIX}_${name}_total`,
        help,
        of(({ metrics }) => value(metrics)),
      ),
    ),
    counter(
      `${PREFIX}_incoming_byte_total`,
      'Bytes of requests.',
      of(({ metrics }) => metrics.bytesIn),
    ),
    counter(
      `${PREFIX}_outgoing_byte_total`,
      'Bytes of answers.',
      of(({ metrics }) => metrics.bytesOut),
    ),
    counter(
      `${PREFIX}_request_total`,
      'Requests.',
      of(({ metrics }) => metrics.requests),
    ),
    counter(
      `${PREFIX}_response_total`,
      'Answers.',
      of(({ metrics }) => metrics.responses),
    ),
    gauge(`${PREFIX}_connections`, 'Open connections by the software of the client.', () => bySoftware(listeners())),
    gauge(
      'kafka_network_requestchannel_requestqueuesize',
      'Requests that are there and not begun.',
      one(() => listeners().reduce((sum, { waitingRequests }) => sum + waitingRequests, 0)),
    ),
    gauge(
      'kafka_network_socketserver_networkprocessoravgidlepercent',
      'How idle the event loop is: 1 is wholly.',
      one(idleRatio),
    ),
    gauge(
      'kafka_server_kafkarequesthandlerpool_requesthandleravgidle_percent',
      'How idle the event loop is: 1 is wholly.',
      one(idleRatio),
    ),
  ]
}

function bySoftware(listeners: readonly ListenerView[]): Series[] {
  return listeners.flatMap((listener) => {
    const counts = new Map<string, { readonly labels: Series['labels']; value: number }>()
    for (const { clientSoftwareName, clientSoftwareVersion } of listener.connections()) {
      const key = `${clientSoftwareName} ${clientSoftwareVersion}`
      const labels = { clientSoftwareName, clientSoftwareVersion, listener: listener.name, networkProcessor: PROCESSOR }
      const known = counts.get(key)
      if (known === undefined) counts.set(key, { labels, value: 1 })
      else known.value++
    }
    return [...counts.values()]
  })
}
