import type { REPLICATION_CONFIGS } from '../definitions/replication.ts'

export const REPLICATION_TEXTS: Readonly<Record<keyof typeof REPLICATION_CONFIGS, string>> = {
  'alter.log.dirs.replication.quota.window.num': 'Windows in which the rate of moves between directories is measured.',
  'alter.log.dirs.replication.quota.window.size.seconds':
    'The length of a window for the rate of moves between directories.',
  'default.replication.factor': 'How many copies a topic has for which nobody said it.',
  'delete.records.purgatory.purge.interval.requests':
    'After how many answered DeleteRecords requests the waiting ones are tidied up.',
  'fetch.max.bytes': 'The most bytes in an answer to a fetch, whatever the client asks for.',
  'fetch.purgatory.purge.interval.requests': 'After how many answered fetches the waiting ones are tidied up.',
  'max.incremental.fetch.session.cache.slots': 'How many fetch sessions are kept at a time.',
  'num.replica.alter.log.dirs.threads': 'How many directories replicas are moved in at a time.',
  'num.replica.fetchers': 'How many connections fetch from each other broker.',
  'producer.purgatory.purge.interval.requests':
    'After how many answered produce requests the waiting ones are tidied up.',
  'replica.fetch.backoff.ms': 'How long a follower waits after a fetch that failed.',
  'replica.fetch.max.bytes':
    'How many bytes of a partition a follower asks for; a larger first batch comes all the same.',
  'replica.fetch.min.bytes': 'A fetch of a follower waits until there is so much for it.',
  'replica.fetch.response.max.bytes': 'How many bytes a follower asks for in one fetch.',
  'replica.fetch.wait.max.ms': 'How long a fetch of a follower waits for bytes at most.',
  'replica.high.watermark.checkpoint.interval.ms': 'How often the high watermarks are written down.',
  'replica.lag.time.max.ms': 'A follower that has not caught up for this long is not in sync any more.',
  'replica.selector.class': "Who says which replica a consumer reads: the leader, or one in the consumer's rack.",
  'replica.socket.receive.buffer.bytes': 'SO_RCVBUF of the connections that followers fetch by.',
  'replica.socket.timeout.ms': 'How long an answer to a fetch of a follower is waited for.',
  'replication.quota.window.num': 'Windows in which the rate of throttled replication is measured.',
  'replication.quota.window.size.seconds': 'The length of a window for the rate of throttled replication.',
}
