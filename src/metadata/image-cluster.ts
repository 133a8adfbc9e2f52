import { assert, present } from '../base/assert.ts'
import type { MetadataDelta } from './delta.ts'
import type { BrokerImage, ControllerImage, SupportedRange } from './image-types.ts'
import type { MetadataRecordData } from './records.ts'

const FENCE = 1
const UNFENCE = -1
const CONTROLLED_SHUTDOWN = 1

function rangesOf(
  features: readonly { name: string; minSupportedVersion: number; maxSupportedVersion: number }[],
): ReadonlyMap<string, SupportedRange> {
  return new Map(features.map((f) => [f.name, { min: f.minSupportedVersion, max: f.maxSupportedVersion }]))
}

/** Registered brokers and controllers. */
export class ClusterState {
  readonly brokers = new Map<number, BrokerImage>()
  readonly controllers = new Map<number, ControllerImage>()

  assign(other: ClusterState): void {
    for (const [id, broker] of other.brokers) this.brokers.set(id, broker)
    for (const [id, controller] of other.controllers) this.controllers.set(id, controller)
  }

  brokerRegistered(data: MetadataRecordData<'RegisterBrokerRecord'>, delta: MetadataDelta): void {
    this.brokers.set(data.brokerId, {
      id: data.brokerId,
      epoch: data.brokerEpoch,
      incarnationId: data.incarnationId,
      endpoints: data.endPoints,
      features: rangesOf(data.features),
      rack: data.rack,
      fenced: data.fenced,
      inControlledShutdown: data.inControlledShutdown,
      isMigratingZkBroker: data.isMigratingZkBroker,
      directories: data.logDirs,
      cordonedDirectories: data.cordonedLogDirs,
    })
    delta.brokers.add(data.brokerId)
  }

  brokerUnregistered(data: MetadataRecordData<'UnregisterBrokerRecord'>, delta: MetadataDelta): void {
    this.#broker(data.brokerId, data.brokerEpoch)
    this.brokers.delete(data.brokerId)
    delta.brokers.add(data.brokerId)
  }

  brokerFenced(id: number, epoch: number, fenced: boolean, delta: MetadataDelta): void {
    this.brokers.set(id, { ...this.#broker(id, epoch), fenced })
    delta.brokers.add(id)
  }

  brokerChanged(data: MetadataRecordData<'BrokerRegistrationChangeRecord'>, delta: MetadataDelta): void {
    const before = this.#broker(data.brokerId, data.brokerEpoch)
    assert(data.fenced >= UNFENCE && data.fenced <= FENCE, `fencing change ${data.fenced}`)
    this.brokers.set(data.brokerId, {
      ...before,
      fenced: data.fenced === 0 ? before.fenced : data.fenced === FENCE,
      inControlledShutdown: before.inControlledShutdown || data.inControlledShutdown === CONTROLLED_SHUTDOWN,
      directories: data.logDirs.length > 0 ? data.logDirs : before.directories,
      cordonedDirectories: data.cordonedLogDirs ?? before.cordonedDirectories,
    })
    delta.brokers.add(data.brokerId)
  }

  controllerRegistered(data: MetadataRecordData<'RegisterControllerRecord'>, delta: MetadataDelta): void {
    this.controllers.set(data.controllerId, {
      id: data.controllerId,
      incarnationId: data.incarnationId,
      zkMigrationReady: data.zkMigrationReady,
      endpoints: data.endPoints,
      features: rangesOf(data.features),
    })
    delta.controllers.add(data.controllerId)
  }

  #broker(id: number, epoch: number): BrokerImage {
    const broker = present(this.brokers.get(id), `broker ${id}, which a record changes,`)
    assert(broker.epoch === epoch, `broker ${id} has epoch ${broker.epoch}, a record says ${epoch}`)
    return broker
  }
}
