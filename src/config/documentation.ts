import { ConfigResource } from '../metadata/image.ts'
import { CLIENT_METRICS_TEXTS } from './documentation/client-metrics.ts'
import { COORDINATOR_TEXTS } from './documentation/coordinator.ts'
import { GROUP_TEXTS } from './documentation/group.ts'
import { LOG_TEXTS } from './documentation/log.ts'
import { NETWORK_TEXTS } from './documentation/network.ts'
import { QUORUM_TEXTS } from './documentation/quorum.ts'
import { REPLICATION_TEXTS } from './documentation/replication.ts'
import { SECURITY_TEXTS } from './documentation/security.ts'
import { SERVER_TEXTS } from './documentation/server.ts'
import { TIERED_LOG_TEXTS } from './documentation/tiered-log.ts'
import { TOPIC_TEXTS } from './documentation/topic.ts'
import { isWithoutEffect } from './without-effect.ts'

/** Of a node's own configs, by name; a config of one listener or an unknown one has none, and those of replication's throttles. */
const BROKER = withEffect({
  ...QUORUM_TEXTS,
  ...NETWORK_TEXTS,
  ...LOG_TEXTS,
  ...TIERED_LOG_TEXTS,
  ...REPLICATION_TEXTS,
  ...COORDINATOR_TEXTS,
  ...SECURITY_TEXTS,
  ...SERVER_TEXTS,
})

const TEXTS: ReadonlyMap<number, ReadonlyMap<string, string>> = new Map([
  [ConfigResource.BROKER, BROKER],
  [ConfigResource.TOPIC, new Map(Object.entries(TOPIC_TEXTS))],
  [ConfigResource.GROUP, new Map(Object.entries(GROUP_TEXTS))],
  [ConfigResource.CLIENT_METRICS, new Map(Object.entries(CLIENT_METRICS_TEXTS))],
])

/** What a config of a resource of this type is for, in a sentence of ours; null where Kafka has none either. */
export function documentationOf(resourceType: number, name: string): string | null {
  return TEXTS.get(resourceType)?.get(name) ?? null
}

function withEffect(texts: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const tell = (name: string, text: string) => (isWithoutEffect(name) ? `${text} It changes nothing here.` : text)
  return new Map(Object.entries(texts).map(([name, text]) => [name, tell(name, text)]))
}
