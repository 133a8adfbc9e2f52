import { bool, CLUSTER_WIDE, int, list, long, PER_BROKER, READ_ONLY, string } from './types.ts'
import { atLeast, distinct } from './validators.ts'

/** Listeners, sockets, connections and request queues. */
export const NETWORK_CONFIGS = {
  'advertised.listeners': list(null, 'HIGH', READ_ONLY, distinct()),
  'connection.failed.authentication.delay.ms': int('100', 'LOW', READ_ONLY, atLeast(0)),
  'connections.max.idle.ms': long('600000', 'MEDIUM', READ_ONLY),
  'connections.max.reauth.ms': long('0', 'MEDIUM', READ_ONLY),
  'early.start.listeners': list(null, 'HIGH', READ_ONLY, distinct('empty allowed')),
  'inter.broker.listener.name': string(null, 'MEDIUM', READ_ONLY),
  'listener.security.protocol.map': string(
    'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    'LOW',
    PER_BROKER,
  ),
  listeners: list('PLAINTEXT://:9092', 'HIGH', PER_BROKER, distinct()),
  'max.connection.creation.rate': int('2147483647', 'MEDIUM', CLUSTER_WIDE, atLeast(0)),
  'max.connections': int('2147483647', 'MEDIUM', CLUSTER_WIDE, atLeast(0)),
  'max.connections.per.ip': int('2147483647', 'MEDIUM', CLUSTER_WIDE, atLeast(0)),
  'max.connections.per.ip.overrides': string('', 'MEDIUM', CLUSTER_WIDE),
  'max.request.partition.size.limit': int('2000', 'MEDIUM', READ_ONLY, atLeast(1)),
  'num.io.threads': int('8', 'HIGH', CLUSTER_WIDE, atLeast(1)),
  'num.network.threads': int('3', 'HIGH', CLUSTER_WIDE, atLeast(1)),
  'queued.max.request.bytes': long('-1', 'MEDIUM', READ_ONLY),
  'queued.max.requests': int('500', 'HIGH', READ_ONLY, atLeast(1)),
  'request.timeout.ms': int('30000', 'HIGH', READ_ONLY),
  'socket.connection.setup.timeout.max.ms': long('30000', 'MEDIUM', READ_ONLY),
  'socket.connection.setup.timeout.ms': long('10000', 'MEDIUM', READ_ONLY),
  'socket.listen.backlog.size': int('50', 'MEDIUM', READ_ONLY, atLeast(1)),
  'socket.receive.buffer.bytes': int('102400', 'HIGH', READ_ONLY),
  'socket.request.max.bytes': int('104857600', 'HIGH', READ_ONLY, atLeast(1)),
  'socket.send.buffer.bytes': int('102400', 'HIGH', READ_ONLY),
  'unstable.api.versions.enable': bool('false', 'HIGH', READ_ONLY, undefined, { internal: true }),
} as const
