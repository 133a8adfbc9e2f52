import type { ConnectionInfo } from '../protocol/frame-handler.ts'
import type { Access, AccessContext, AuditMode } from './access.ts'

/**
 * Access of a controller that shares its process with a broker: what the node asks of itself needs nobody's leave, since no
 * connection was made that could tell who it is. What it passes on for its clients comes as theirs, in an envelope.
 */
export function trustingOwn(access: Access, own: ConnectionInfo): Access {
  if (!access.isOn) return access
  const isOwn = ({ connection }: AccessContext) => connection === own
  return {
    isOn: true,
    may: (context, operation, resourceType, name, audit?: AuditMode, count?: number) =>
      isOwn(context) || access.may(context, operation, resourceType, name, audit, count),
    mayOnAny: (context, operation, resourceType) => isOwn(context) || access.mayOnAny(context, operation, resourceType),
    mayCluster: (context, operation, audit) => isOwn(context) || access.mayCluster(context, operation, audit),
    operations: (context, resourceType, name) => access.operations(context, resourceType, name),
  }
}
