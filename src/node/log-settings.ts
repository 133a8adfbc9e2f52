import type { BrokerConfig } from '../config/broker-config.ts'
import type { BrokerLayers } from '../config/layers.ts'
import { logConfig, topicConfig } from '../config/topic-config.ts'
import { ConfigResource, type MetadataImage } from '../metadata/image.ts'
import type { LogConfig } from '../storage/log-config.ts'
import type { LogManagerSettings } from '../storage/log-manager.ts'

/** The settings of a topic's logs: its own configs over the broker's. */
export function logConfigOf(topic: string, image: MetadataImage | undefined, layers: BrokerLayers): LogConfig {
  return logConfig(topicConfig(image?.configs(ConfigResource.TOPIC, topic) ?? new Map(), layers))
}

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
    recoveryConcurrency: config.get('num.recovery.threads.per.data.dir'),
  }
}

/** min.insync.replicas of a topic. */
export function minInSyncReplicas(topic: string, image: MetadataImage, layers: BrokerLayers): number {
  return topicConfig(image.configs(ConfigResource.TOPIC, topic), layers).get('min.insync.replicas')
}
