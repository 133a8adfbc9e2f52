import type { MetadataImage } from '../../metadata/image.ts'
import type { AccessMetrics } from '../../metrics/broker-metrics.ts'
import { counter, type Family, gauge, one } from './family.ts'

/** As Kafka's authorizer counts them, a plug-in there. */
const PREFIX = 'kafka_server_plugins'

export interface AccessParts {
  readonly counts: AccessMetrics
  readonly image: () => Pick<MetadataImage, 'acls'>
}

export function accessFamilies({ counts, image }: AccessParts): Family[] {
  return [
    gauge(
      `${PREFIX}_acls_total_count`,
      'Access control entries of the cluster.',
      one(() => image().acls.size),
    ),
    counter(
      `${PREFIX}_authorization_allowed_total`,
      'Decisions of the authorizer that allowed something.',
      one(() => counts.allowed),
    ),
    counter(
      `${PREFIX}_authorization_denied_total`,
      'Decisions of the authorizer that denied something.',
      one(() => counts.denied),
    ),
  ]
}
