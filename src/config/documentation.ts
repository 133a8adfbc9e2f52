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

type Texts = ReadonlyMap<string, string>

/** What each config is for, in a sentence of ours. A config of one listener has none, and those of replication's throttles. */
export const BROKER_DOCUMENTATION: Texts = withEffect({
  ...QUORUM_TEXTS,
  ...NETWORK_TEXTS,
  ...LOG_TEXTS,
  ...TIERED_LOG_TEXTS,
  ...REPLICATION_TEXTS,
  ...COORDINATOR_TEXTS,
  ...SECURITY_TEXTS,
  ...SERVER_TEXTS,
})
export const TOPIC_DOCUMENTATION: Texts = new Map(Object.entries(TOPIC_TEXTS))
export const GROUP_DOCUMENTATION: Texts = new Map(Object.entries(GROUP_TEXTS))
export const CLIENT_METRICS_DOCUMENTATION: Texts = new Map(Object.entries(CLIENT_METRICS_TEXTS))

function withEffect(texts: Readonly<Record<string, string>>): Texts {
  const tell = (name: string, text: string) => (isWithoutEffect(name) ? `${text} It changes nothing here.` : text)
  return new Map(Object.entries(texts).map(([name, text]) => [name, tell(name, text)]))
}
