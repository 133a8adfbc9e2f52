import {
  BROKER_DOCUMENTATION,
  CLIENT_METRICS_DOCUMENTATION,
  GROUP_DOCUMENTATION,
  TOPIC_DOCUMENTATION,
} from '../config/documentation.ts'
import { ConfigResource } from '../metadata/image.ts'

const BY_TYPE: ReadonlyMap<number, ReadonlyMap<string, string>> = new Map([
  [ConfigResource.BROKER, BROKER_DOCUMENTATION],
  [ConfigResource.TOPIC, TOPIC_DOCUMENTATION],
  [ConfigResource.GROUP, GROUP_DOCUMENTATION],
  [ConfigResource.CLIENT_METRICS, CLIENT_METRICS_DOCUMENTATION],
])

/** What a config of a resource of this type is for; null where Kafka says nothing either. */
export function documentationOf(resourceType: number, name: string): string | null {
  return BY_TYPE.get(resourceType)?.get(name) ?? null
}
