import type { NETWORK_CONFIGS } from '../definitions/network.ts'

export const NETWORK_TEXTS: Readonly<Record<keyof typeof NETWORK_CONFIGS, string>> = {
  'advertised.listeners':
    'The addresses that clients and other brokers are told, where they differ from the listeners.',
  'connection.failed.authentication.delay.ms': 'How long a connection that failed to authenticate waits to be closed.',
  'connections.max.idle.ms': 'A connection on which nothing moved for this long is closed.',
  'connections.max.reauth.ms':
    'How long a session of SASL lasts before its client has to authenticate again; 0: for ever.',
  'early.start.listeners': 'Listeners that open before the broker is registered.',
  'inter.broker.listener.name': 'The listener by which brokers reach each other.',
  'listener.security.protocol.map': 'The security protocol of each listener, by its name.',
  listeners: 'Names and addresses at which the node takes connections.',
  'max.connection.creation.rate': 'How many connections a second are accepted; more have to wait.',
  'max.connections': 'How many connections may be open at a time; the listener between brokers is spared.',
  'max.connections.per.ip': 'How many connections of one address may be open at a time.',
  'max.connections.per.ip.overrides': 'Other bounds for some addresses or host names, as in host:100,127.0.0.1:200.',
  'max.request.partition.size.limit': 'The most partitions that one answer about topics describes.',
  'num.io.threads': 'Threads that work on requests, which also bounds what request_percentage can mean.',
  'num.network.threads': 'Threads that read and write sockets, which also bounds what request_percentage can mean.',
  'queued.max.request.bytes':
    'How many bytes of requests may be under way before sockets are read no more; -1: a built-in bound.',
  'queued.max.requests': 'How many requests may wait before sockets are read no more.',
  'request.timeout.ms': 'How long an answer to a request of this node is waited for.',
  'socket.connection.setup.timeout.max.ms': 'The longest wait for a connection to be made, after several that failed.',
  'socket.connection.setup.timeout.ms': 'How long a connection may take to be made.',
  'socket.listen.backlog.size': 'How many connections the system keeps that were not accepted yet.',
  'socket.receive.buffer.bytes': 'SO_RCVBUF of sockets; -1: what the system has.',
  'socket.request.max.bytes': 'The largest request; a longer one ends its connection.',
  'socket.send.buffer.bytes': 'SO_SNDBUF of sockets; -1: what the system has.',
  'unstable.api.versions.enable': 'Whether versions of requests are served that may still change.',
}
