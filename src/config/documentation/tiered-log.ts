import type { TIERED_LOG_CONFIGS } from '../definitions/tiered-log.ts'

export const TIERED_LOG_TEXTS: Readonly<Record<keyof typeof TIERED_LOG_CONFIGS, string>> = {
  'follower.fetch.last.tiered.offset.enable': 'Whether an empty follower begins where the remote tier ends.',
  'remote.fetch.max.wait.ms': 'How long a fetch waits for the remote tier at most.',
  'remote.list.offsets.request.timeout.ms': 'How long a search for an offset may take in the remote tier.',
  'remote.log.index.file.cache.total.size.bytes': 'The most bytes of remote indexes that are kept on local disk.',
  'remote.log.index.file.cache.ttl.ms': 'How long a remote index is kept on local disk.',
  'remote.log.manager.copier.thread.pool.size': 'How many segments are copied to the remote tier at a time.',
  'remote.log.manager.copy.max.bytes.per.second': 'How fast segments are copied to the remote tier at most.',
  'remote.log.manager.copy.quota.window.num': 'Windows in which the rate of copies to the remote tier is measured.',
  'remote.log.manager.copy.quota.window.size.seconds':
    'The length of a window for the rate of copies to the remote tier.',
  'remote.log.manager.expiration.thread.pool.size':
    'How many partitions of the remote tier are looked at for old segments at a time.',
  'remote.log.manager.fetch.max.bytes.per.second': 'How fast the remote tier is read at most.',
  'remote.log.manager.fetch.quota.window.num': 'Windows in which the rate of reads from the remote tier is measured.',
  'remote.log.manager.fetch.quota.window.size.seconds':
    'The length of a window for the rate of reads from the remote tier.',
  'remote.log.manager.follower.thread.pool.size': 'How many followers learn at a time where the remote tier ends.',
  'remote.log.manager.task.interval.ms': 'How often partitions are looked at for segments to copy or delete.',
  'remote.log.manager.task.retry.backoff.max.ms':
    'The longest wait before a failed request to the remote tier is made again.',
  'remote.log.manager.task.retry.backoff.ms':
    'How long to wait before a failed request to the remote tier is made again.',
  'remote.log.manager.task.retry.jitter': 'By what part the wait before a retry varies by chance.',
  'remote.log.manager.thread.pool.size': 'Threads for the upkeep of the remote tier.',
  'remote.log.metadata.custom.metadata.max.bytes':
    "The most bytes that a remote tier's plug-in may keep about a segment.",
  'remote.log.metadata.manager.class.name': 'The Java class that remembers what is in the remote tier.',
  'remote.log.metadata.manager.class.path': 'Where the class of remote.log.metadata.manager.class.name is found.',
  'remote.log.metadata.manager.impl.prefix': "What the names of that class's own configs begin with.",
  'remote.log.metadata.manager.listener.name': 'The listener by which that class reaches the brokers.',
  'remote.log.reader.max.pending.tasks': 'How many reads of the remote tier may wait.',
  'remote.log.reader.threads': 'How many reads of the remote tier are under way at a time.',
  'remote.log.storage.manager.class.name': 'The Java class that stores segments in the remote tier.',
  'remote.log.storage.manager.class.path': 'Where the class of remote.log.storage.manager.class.name is found.',
  'remote.log.storage.manager.impl.prefix': "What the names of that class's own configs begin with.",
  'remote.log.storage.system.enable':
    "Whether topics may keep old segments in a remote tier; it can't be set here yet.",
}
