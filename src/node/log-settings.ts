import type { BrokerConfig } from '../config/broker-config.ts'
import type { LogManagerSettings } from '../storage/log-manager.ts'
import type { EffectiveConfig } from './effective-config.ts'

export function logManagerSettings(config: BrokerConfig, effective: EffectiveConfig): Partial<LogManagerSettings> {
  return {
    retentionCheckIntervalMs: config.get('log.retention.check.interval.ms'),
    flushCheckIntervalMs: config.get('log.flush.scheduler.interval.ms'),
    recoveryPointCheckpointMs: config.get('log.flush.offset.checkpoint.interval.ms'),
    logStartCheckpointMs: config.get('log.flush.start.offset.checkpoint.interval.ms'),
    highWatermarkCheckpointMs: config.get('replica.high.watermark.checkpoint.interval.ms'),
    initialTaskDelayMs: config.get('log.initial.task.delay.ms'),
    producerIdExpirationCheckMs: config.get('producer.id.expiration.check.interval.ms'),
    recoveryConcurrency: config.get('num.recovery.threads.per.data.dir'),
    ...dynamicLogSettings(effective),
  }
}

/** Those that brokers take while they run. */
export function dynamicLogSettings(
  effective: EffectiveConfig,
): Pick<LogManagerSettings, 'cleaner' | 'producerIdExpirationMs' | 'verifiesTransactions'> {
  return {
    producerIdExpirationMs: effective.value('producer.id.expiration.ms'),
    verifiesTransactions: effective.value('transaction.partition.verification.enable'),
    cleaner: {
      enabled: effective.value('log.cleaner.enable'),
      threads: effective.value('log.cleaner.threads'),
      dedupeBufferBytes: effective.value('log.cleaner.dedupe.buffer.size'),
      loadFactor: effective.value('log.cleaner.io.buffer.load.factor'),
      ioBufferBytes: effective.value('log.cleaner.io.buffer.size'),
      maxBytesPerSecond: effective.value('log.cleaner.io.max.bytes.per.second'),
      backoffMs: effective.value('log.cleaner.backoff.ms'),
    },
  }
}
