import { type Access, OPEN_ACCESS } from '../broker/access.ts'
import { AUDIT_LOGGER, AuditLog } from '../broker/audit-log.ts'
import { AuthorizedAccess } from '../broker/authorized-access.ts'
import { authorizerConfig } from '../config/authorizer.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Insight } from '../insight/insight.ts'
import { areaOf } from '../io/log-levels.ts'
import type { Clock, Logger } from '../io/ports.ts'
import type { MetadataDelta } from '../metadata/delta.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { BrokerMetrics } from '../metrics/broker-metrics.ts'
import { StandardAuthorizer } from '../security/authorizer.ts'

/** The metadata of a node, as far as it says who may what. */
export interface AccessSource {
  readonly image: Pick<MetadataImage, 'acls'>
  onImage(listener: (delta: MetadataDelta, image: MetadataImage) => void): void
  caughtUp(): Promise<void>
}

/** Who may do what on this node, whichever of its listeners is asked. */
export interface NodeAccess {
  readonly access: Access
  /** The ACLs are those of the metadata log from now on; as long as it is not read to its end, only super users pass. */
  follow(metadata: AccessSource): void
  close(): void
}

const NO_AUTHORIZER: NodeAccess = { access: OPEN_ACCESS, follow: () => {}, close: () => {} }

export interface AccessParts {
  readonly config: BrokerConfig
  readonly clock: Pick<Clock, 'after'>
  readonly logger: Logger
  readonly metrics: Pick<BrokerMetrics, 'access'>
  readonly insight: Insight
}

export function openAccess({ config, clock, logger, metrics, insight }: AccessParts): NodeAccess {
  const settings = authorizerConfig(config.get('authorizer.class.name'), config.given)
  if (settings === undefined) return NO_AUTHORIZER
  const authorizer = new StandardAuthorizer(settings)
  const audit = new AuditLog(areaOf(logger, AUDIT_LOGGER), clock, (asked, acl) =>
    insight.denied({ ...asked, ...(acl && { forbiddenBy: acl }) }),
  )
  return {
    access: new AuthorizedAccess(authorizer, audit, metrics.access),
    follow(metadata) {
      for (const [id, acl] of metadata.image.acls) authorizer.set(id, acl)
      metadata.onImage(({ acls }, image) => {
        for (const id of acls) authorizer.set(id, image.acls.get(id))
      })
      // Rejected: the node stops.
      metadata.caughtUp().then(
        () => authorizer.loaded(),
        () => {},
      )
    },
    close: () => audit.flush(),
  }
}
