import { KafkaError } from '../base/errors.ts'
import type { BrokerConfigName } from './definitions.ts'
import { checkListeners } from './dynamic-listeners.ts'
import { checkDynamicType, listenerKey, nameComplaint } from './dynamic-names.ts'
import { BrokerLayers, type ConfigTexts } from './layers.ts'
import { inheritedRetentionMs } from './topic-config.ts'

const MIB = 1024 * 1024

/**
 * Whether a broker can take these dynamic configs, all that it has or that all brokers have then (KIP-226). What holds
 * between configs is checked on the values that would count. Throws with Kafka's sentences.
 */
export function validateDynamicConfigs(texts: ConfigTexts, perBroker: boolean, now: BrokerLayers): void {
  const complaint = nameComplaint(texts.keys(), perBroker)
  if (complaint !== undefined) refuse(complaint)
  for (const [name, text] of texts) asRequestError(() => checkDynamicType(name, text))
  const next = perBroker
    ? new BrokerLayers(now.config, texts, now.defaultTexts)
    : new BrokerLayers(now.config, now.ownTexts, texts)
  checkTogether(next)
  checkChange(now, next)
}

/** The constraints of Kafka's own configuration object. */
function checkTogether(next: BrokerLayers): void {
  const retentionMs = inheritedRetentionMs(next)
  if (retentionMs === 0 || retentionMs < -1) {
    failed('log.retention.ms must be unlimited (-1) or, greater than or equal to 1')
  }
  const threads = next.value('log.cleaner.threads')
  // Kafka divides by it.
  if (threads === 0) refuse('/ by zero')
  if (next.value('log.cleaner.dedupe.buffer.size') / threads <= MIB) {
    failed('log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.')
  }
  checkConnectionLimits(next)
  for (const kind of ['consumer', 'share', 'streams'] as const) checkAssignmentInterval(next, kind)
  const dirs = next.config.given.get('log.dirs')?.text.split(',') ?? [next.config.get('log.dir')].flat()
  const known = new Set([...dirs.map((dir) => dir.trim()), ...next.config.logDirs, '*'])
  const missing = next.value('cordoned.log.dirs').filter((dir) => !known.has(dir))
  if (missing.length > 0) {
    failed(
      'All entries in cordoned.log.dirs must be present in log.dirs or log.dir. ' +
        `Missing entries : ${missing.join(', ')}`,
    )
  }
}

function checkConnectionLimits(next: BrokerLayers): void {
  const overrides = next.value('max.connections.per.ip.overrides').trim()
  if (next.value('max.connections.per.ip') === 0 && overrides === '') {
    failed('max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.')
  }
  for (const pair of overrides === '' ? [] : overrides.split(/\s*,\s*/)) {
    const colon = pair.lastIndexOf(':')
    if (colon < 0) {
      refuse(
        "Error parsing configuration property 'max.connections.per.ip.overrides': " +
          `begin 0, end -1, length ${pair.length}`,
      )
    }
    const count = pair.slice(colon + 1).trim()
    if (!/^[+-]?\d{1,10}$/.test(count) || Math.abs(Number(count)) > 0x7fff_ffff) refuse(`For input string: "${count}"`)
    const address = pair.slice(0, colon)
    // A name is resolved when a client connects; what can be no name is no address either.
    if (!/^[\w.:%-]+$/.test(address)) {
      refuse(`max.connections.per.ip.overrides contains invalid addresses : ${address}`)
    }
  }
}

function checkAssignmentInterval(next: BrokerLayers, kind: 'consumer' | 'share' | 'streams'): void {
  const name = `group.${kind}.assignment.interval.ms` as const
  const [min, max] = [`group.${kind}.min.assignment.interval.ms`, `group.${kind}.max.assignment.interval.ms`] as const
  const value = next.value(name)
  if (value < next.value(min)) refuse(`${name} must be greater than or equal to ${min}`)
  if (value > next.value(max)) refuse(`${name} must be less than or equal to ${max}`)
}

const THREADS = [
  'num.io.threads',
  'num.network.threads',
  'num.replica.fetchers',
  'num.recovery.threads.per.data.dir',
  'background.threads',
  'remote.log.reader.threads',
  'remote.log.manager.copier.thread.pool.size',
  'remote.log.manager.expiration.thread.pool.size',
  'remote.log.manager.follower.thread.pool.size',
] as const satisfies readonly BrokerConfigName[]

/** What a running broker can't become. */
function checkChange(now: BrokerLayers, next: BrokerLayers): void {
  for (const name of THREADS) checkThreads(name, Number(now.value(name)), Number(next.value(name)))
  const [cleaners, wanted] = [now.value('log.cleaner.threads'), next.value('log.cleaner.threads')]
  if (wanted < Math.trunc(cleaners / 2)) {
    notNow(`Log cleaner threads cannot be reduced to less than half the current value ${cleaners}`)
  }
  if (wanted > cleaners * 2) {
    notNow(`Log cleaner threads cannot be increased to more than double the current value ${cleaners}`)
  }
  checkLocalRetention(now, next)
  const reporters = next.value('metric.reporters')
  if (isSet(next, 'metric.reporters') && reporters.some((name) => !BUILT_IN_REPORTERS.has(name))) {
    notNow(
      'Validation of dynamic config update of Set(metric.reporters) failed with class class ' +
        'kafka.server.DynamicMetricsReporters',
    )
  }
  if (isSet(next, 'principal.builder.class')) {
    const name = next.text('principal.builder.class')
    refuse(`Invalid value ${name} for configuration principal.builder.class: Class ${name} could not be found.`)
  }
  checkListeners(now, next, { refuse, failed, notNow })
}

const BUILT_IN_REPORTERS = new Set(['', 'org.apache.kafka.common.metrics.JmxReporter'])

function checkThreads(name: string, now: number, next: number): void {
  if (now === next) return
  const failure = `Dynamic thread count update validation failed for ${name}=${next}, value should`
  if (next < Math.trunc(now / 2)) notNow(`${failure} be at least half the current value ${now}`)
  if (next > now * 2) notNow(`${failure} not be greater than double the current value ${now}`)
}

function checkLocalRetention(now: BrokerLayers, next: BrokerLayers): void {
  for (const name of ['log.local.retention.ms', 'log.local.retention.bytes'] as const) {
    const whole = name === 'log.local.retention.ms' ? 'log.retention.ms' : 'log.retention.bytes'
    const limitOf = (layers: BrokerLayers) =>
      whole === 'log.retention.ms' ? inheritedRetentionMs(layers) : layers.value(whole)
    const [local, limit] = [next.value(name), limitOf(next)]
    if (local === now.value(name) && limit === limitOf(now)) continue
    if (limit < 0 || local === -2) continue
    const invalid = `Invalid value ${local} for configuration ${name}: Value must not be`
    if (local === -1) notNow(`${invalid} -1 as ${whole} value is set as ${limit}.`)
    if (local > limit) notNow(`${invalid} more than ${whole} property value: ${limit}`)
  }
}

function isSet(layers: BrokerLayers, name: string): boolean {
  return layers.ownTexts.has(name) || layers.defaultTexts.has(name)
}

/** A listener's own setting of a config; undefined where it has none. */
export function listenerText(layers: BrokerLayers, listener: string, config: string): string | undefined {
  for (const texts of [layers.ownTexts, layers.defaultTexts, givenTexts(layers)]) {
    for (const [name, text] of texts) {
      const key = listenerKey(name)
      if (key?.config === config && key.listener === listener) return text
    }
  }
  return undefined
}

function givenTexts({ config }: BrokerLayers): ConfigTexts {
  const found = new Map<string, string>()
  for (const [name, { text }] of config.given) if (name.startsWith('listener.name.')) found.set(name, text)
  return found
}

function asRequestError(check: () => void): void {
  try {
    check()
  } catch (error) {
    if (error instanceof KafkaError) refuse(error.detail ?? '')
    throw error
  }
}

function failed(requirement: string): never {
  refuse(`requirement failed: ${requirement}`)
}

/** Java's sentence for what a part of the broker objects to: one exception inside another. */
function notNow(sentence: string): never {
  const name = 'org.apache.kafka.common.config.ConfigException'
  refuse(`Invalid value ${name}: ${sentence} for configuration Invalid dynamic configuration`)
}

/** Not INVALID_CONFIG: Kafka's brokers answer so (KAFKA-13609). */
function refuse(sentence: string): never {
  throw new KafkaError('INVALID_REQUEST', sentence)
}
