import type { MetadataImage } from '../../../metadata/image.ts'
import type { ControllerPort } from '../../admin.ts'
import type { Handler } from '../../handler.ts'
import { listPartitionReassignmentsHandler } from '../list-partition-reassignments.ts'
import { allocateProducerIdsHandler } from './allocate-producer-ids.ts'
import { alterPartitionHandler } from './alter-partition.ts'
import { alterPartitionReassignmentsHandler } from './alter-partition-reassignments.ts'
import { assignReplicasToDirsHandler } from './assign-replicas-to-dirs.ts'
import { brokerHeartbeatHandler } from './broker-heartbeat.ts'
import { brokerRegistrationHandler } from './broker-registration.ts'
import { controllerRegistrationHandler } from './controller-registration.ts'
import { electLeadersHandler } from './elect-leaders.ts'
import { unregisterBrokerHandler } from './unregister-broker.ts'
import { updateFeaturesHandler } from './update-features.ts'

export interface ControllerHandlerDeps {
  readonly controller: ControllerPort
  readonly image: () => MetadataImage
}

/** What nodes of the cluster ask the active controller about themselves: served by controller listeners only. */
export function clusterHandlers({ controller }: Pick<ControllerHandlerDeps, 'controller'>): Handler[] {
  return [
    brokerRegistrationHandler({ controller }),
    brokerHeartbeatHandler({ controller }),
    controllerRegistrationHandler({ controller }),
    alterPartitionHandler({ controller }),
    allocateProducerIdsHandler({ controller }),
    assignReplicasToDirsHandler({ controller }),
  ]
}

/** What a user may ask of the cluster's partitions, brokers and features: brokers serve it too, by forwarding. */
export function clusterAdminHandlers({ controller, image }: ControllerHandlerDeps): Handler[] {
  return [
    electLeadersHandler({ controller }),
    alterPartitionReassignmentsHandler({ controller }),
    listPartitionReassignmentsHandler({ image }),
    unregisterBrokerHandler({ controller }),
    updateFeaturesHandler({ controller }),
  ]
}

/** Everything of this folder: what a controller listener serves besides the admin APIs of topics and configs. */
export function controllerHandlers(deps: ControllerHandlerDeps): Handler[] {
  return [...clusterHandlers(deps), ...clusterAdminHandlers(deps)]
}
