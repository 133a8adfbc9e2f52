import type { TOPIC_CONFIGS } from '../definitions/topic.ts'

export const TOPIC_TEXTS: Readonly<Record<keyof typeof TOPIC_CONFIGS, string>> = {
  'cleanup.policy': 'What happens to old records of the topic: delete them, compact them by key, or both.',
  'compression.gzip.level': "The level of gzip where the broker compresses the topic's records.",
  'compression.lz4.level':
    "The level of lz4 where the broker compresses the topic's records; it has one, whatever is set.",
  'compression.type': "How the topic's records are compressed; producer: as they came.",
  'compression.zstd.level': "The level of zstd where the broker compresses the topic's records.",
  'delete.retention.ms': 'How long a compacted topic keeps the marks of deleted keys.',
  'file.delete.delay.ms': 'How long a file of the topic outlives its deletion, for those who still read it.',
  'flush.messages': 'A partition is synchronised with the disk after so many records.',
  'flush.ms': 'A partition is synchronised with the disk when records have waited for so long.',
  'follower.replication.throttled.replicas':
    'Replicas that take records at the throttled rate, as partition:broker, or * for all.',
  'index.interval.bytes': 'How many bytes lie between two entries of an offset index.',
  'internal.segment.bytes': 'The size of a segment, for tests.',
  'leader.replication.throttled.replicas':
    'Replicas that are sent records at the throttled rate, as partition:broker, or * for all.',
  'local.retention.bytes': 'How much of a tiered partition stays on local disk; -2: as retention.bytes says.',
  'local.retention.ms': 'How long records of a tiered topic stay on local disk; -2: as retention.ms says.',
  'max.compaction.lag.ms': 'A record waits for compaction no longer than this, however little there is to clean.',
  'max.message.bytes': 'The largest batch of records of the topic, as compressed.',
  'message.timestamp.after.max.ms': 'Records whose time is further in the future are refused.',
  'message.timestamp.before.max.ms': 'Records whose time is further in the past are refused.',
  'message.timestamp.type': "Whose time the topic's records carry: that of the producer or that of the append.",
  'min.cleanable.dirty.ratio': 'The part of a partition that has to be uncleaned before the cleaner takes it.',
  'min.compaction.lag.ms': 'Records that are younger are not compacted.',
  'min.insync.replicas':
    'How many replicas must have a record before acks=all is answered; with fewer in sync it is refused.',
  preallocate: 'Whether segments are given their whole size on disk at once.',
  'remote.log.copy.disable': 'Whether a tiered topic stops copying segments to the remote tier.',
  'remote.log.delete.on.disable': 'Whether the remote segments go when the topic is tiered no more.',
  'remote.storage.enable': "Whether the topic's old segments are kept in a remote tier.",
  'retention.bytes': 'A partition that is larger loses its oldest segments; -1: however large it is.',
  'retention.ms': 'How long records are kept; -1: for ever.',
  'segment.bytes': 'The size at which a segment is closed.',
  'segment.index.bytes': 'The largest offset index; a full one begins a new segment.',
  'segment.jitter.ms': 'Up to so much less than segment.ms, by chance, so that not all segments close at once.',
  'segment.ms': 'The age at which a segment is closed, however small it is.',
  'unclean.leader.election.enable':
    'Whether a replica that is not in sync may lead when no other can, at the price of records.',
}
