import type { BrokerConfig } from './broker-config.ts'

/**
 * Configs of Kafka that nothing here reads: of parts that do not exist (tiered storage, Kerberos…), or of
 * threads, buffers and metrics that this broker does not have. Those that promise something are refused: `unsupported.ts`.
 */
const NAMES: ReadonlySet<string> = new Set(
  `
    background.threads config.providers controller.performance.always.log.threshold.ms
    controller.performance.sample.period.ms controller.quorum.append.linger.ms controller.socket.timeout.ms
    delete.records.purgatory.purge.interval.requests fetch.purgatory.purge.interval.requests
    follower.fetch.last.tiered.offset.enable group.coordinator.append.linger.ms group.coordinator.background.threads
    group.coordinator.cached.buffer.max.bytes group.coordinator.threads group.share.persister.class.name
    internal.metadata.delete.delay.millis internal.metadata.log.segment.bytes internal.metadata.max.batch.size.in.bytes
    kafka.metrics.polling.interval.secs kafka.metrics.reporters metric.reporters metrics.num.samples
    metrics.recording.level metrics.sample.window.ms num.io.threads num.network.threads
    producer.purgatory.purge.interval.requests queued.max.requests remote.fetch.max.wait.ms
    remote.list.offsets.request.timeout.ms remote.log.index.file.cache.total.size.bytes
    remote.log.index.file.cache.ttl.ms remote.log.manager.copier.thread.pool.size
    remote.log.manager.copy.max.bytes.per.second remote.log.manager.copy.quota.window.num
    remote.log.manager.copy.quota.window.size.seconds remote.log.manager.expiration.thread.pool.size
    remote.log.manager.fetch.max.bytes.per.second remote.log.manager.fetch.quota.window.num
    remote.log.manager.fetch.quota.window.size.seconds remote.log.manager.follower.thread.pool.size
    remote.log.manager.task.interval.ms remote.log.manager.task.retry.backoff.max.ms
    remote.log.manager.task.retry.backoff.ms remote.log.manager.task.retry.jitter remote.log.manager.thread.pool.size
    remote.log.metadata.custom.metadata.max.bytes remote.log.metadata.manager.class.name
    remote.log.metadata.manager.class.path remote.log.metadata.manager.impl.prefix
    remote.log.metadata.manager.listener.name remote.log.reader.max.pending.tasks remote.log.reader.threads
    remote.log.storage.manager.class.name remote.log.storage.manager.class.path remote.log.storage.manager.impl.prefix
    replica.socket.receive.buffer.bytes sasl.client.callback.handler.class sasl.kerberos.kinit.cmd
    sasl.kerberos.min.time.before.relogin sasl.kerberos.principal.to.local.rules sasl.kerberos.service.name
    sasl.kerberos.ticket.renew.jitter sasl.kerberos.ticket.renew.window.factor sasl.login.class
    share.coordinator.append.linger.ms share.coordinator.cached.buffer.max.bytes share.coordinator.threads
    share.fetch.purgatory.purge.interval.requests socket.connection.setup.timeout.max.ms socket.receive.buffer.bytes
    socket.send.buffer.bytes ssl.keymanager.algorithm ssl.secure.random.implementation ssl.trustmanager.algorithm
    unstable.api.versions.enable unstable.feature.versions.enable
  `
    .trim()
    .split(/\s+/),
)

export function isWithoutEffect(name: string): boolean {
  return NAMES.has(name)
}

/** A line for the operator where configs were set that change nothing. */
export function withoutEffect(config: BrokerConfig): string | undefined {
  const names = [...config.given.keys()].filter(isWithoutEffect).sort()
  return names.length === 0 ? undefined : `These settings have no effect here: ${names.join(', ')}.`
}
