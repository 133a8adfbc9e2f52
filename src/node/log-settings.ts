import type { BrokerConfig } from '../config/broker-config.ts'
import type { LogManagerSettings } from '../storage/log-manager.ts'

export function logManagerSettings(config: BrokerConfig): Partial<LogManagerSettings> {
  return {
    retentionCheckIntervalMs: config.get('log.retention.check.interval.ms'),
    flushCheckIntervalMs: config.get('log.flush.scheduler.interval.ms'),
    recoveryPointCheckpointMs: config.get('log.flush.offset.checkpoint.interval.ms'),
    logStartCheckpointMs: config.get('log.flush.start.offset.checkpoint.interval.ms'),
    highWatermarkCheckpointMs: config.get('replica.high.watermark.checkpoint.interval.ms'),
    initialTaskDelayMs: config.get('log.initial.task.delay.ms'),
    producerIdExpirationMs: config.get('producer.id.expiration.ms'),
    producerIdExpirationCheckMs: config.get('producer.id.expiration.check.interval.ms'),
    cleaner: {
      enabled: config.get('log.cleaner.enable'),
      threads: config.get('log.cleaner.threads'),
      dedupeBufferBytes: config.get('log.cleaner.dedupe.buffer.size'),
      loadFactor: config.get('log.cleaner.io.buffer.load.factor'),
      ioBufferBytes: config.get('log.cleaner.io.buffer.size'),
      maxBytesPerSecond: config.get('log.cleaner.io.max.bytes.per.second'),
      backoffMs: config.get('log.cleaner.backoff.ms'),
    },
    recoveryConcurrency: config.get('num.recovery.threads.per.data.dir'),
  }
}
