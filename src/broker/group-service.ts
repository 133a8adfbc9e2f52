import { assert } from '../base/assert.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { GroupCommand, GroupReply } from '../group/commands.ts'
import { GroupMachine } from '../group/group-machine.ts'
import { decodeBatch, encodeRecord, type GroupRecord } from '../group/records.ts'
import type { Clock, Logger, Random } from '../io/ports.ts'
import type { MetadataDelta } from '../metadata/delta.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { compressionNamed } from '../record/header.ts'
import { CoordinatorHost, type CoordinatorLog } from '../runtime/coordinator-host.ts'
import { GroupCoordinator, groupSettings, OFFSETS_TOPIC } from './groups.ts'
import type { Replica } from './replica.ts'
import type { ReplicaRegistry } from './replicas.ts'

type Config = Pick<BrokerConfig, 'get'>

export interface GroupServiceOptions {
  readonly config: Config
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly replicas: Pick<ReplicaRegistry, 'onLeadership'>
  readonly image: () => Pick<MetadataImage, 'topic'>
}

/** The group coordinator on this broker's replicas of `__consumer_offsets`. Made before the replicas are loaded. */
export class GroupService {
  readonly coordinator: GroupCoordinator
  readonly #host: CoordinatorHost<GroupCommand, GroupRecord, GroupReply>

  constructor({ config, clock, random, logger, replicas, image }: GroupServiceOptions) {
    const settings = groupSettings(config)
    this.#host = new CoordinatorHost({
      machine: () => new GroupMachine(settings),
      codec: { encode: encodeRecord, decode: decodeBatch },
      clock,
      logger,
      compression: compressionNamed(config.get('offsets.topic.compression.codec')),
      commitTimeoutMs: config.get('offsets.commit.timeout.ms'),
    })
    this.coordinator = new GroupCoordinator({
      host: this.#host,
      partitionCount: () =>
        image().topic(OFFSETS_TOPIC)?.partitions.length ?? config.get('offsets.topic.num.partitions'),
      settings,
      random,
    })
    replicas.onLeadership((replica, leads) => {
      if (replica.topic !== OFFSETS_TOPIC) return
      if (leads) this.#host.elected(replica.partition, coordinatorLog(replica, config.get('offsets.load.buffer.size')))
      else this.#host.resigned(replica.partition)
    })
  }

  /** After every committed change of the metadata. */
  imageChanged(delta: Pick<MetadataDelta, 'deletedTopics'>): void {
    const gone = [...delta.deletedTopics.values()].map(({ name }) => name)
    if (gone.length > 0) void this.coordinator.topicsDeleted(gone)
  }

  close(): void {
    this.#host.close()
  }
}

/** A replica that this broker leads, as a coordinator sees it; a load reads `loadBytes` at a time. */
export function coordinatorLog(replica: Replica, loadBytes: number): CoordinatorLog {
  const { log } = replica
  return {
    name: `${replica.topic}-${replica.partition}`,
    get logStartOffset() {
      return log.logStartOffset
    },
    get logEndOffset() {
      return log.logEndOffset
    },
    get maxBatchBytes() {
      return log.config.maxMessageBytes
    },
    append: (batch) => {
      const appended = replica.append(batch, 'coordinator')
      assert(!(appended instanceof Promise), 'a coordinator writes what its log keeps as it is')
      return appended
    },
    read: (from, upTo) => log.read(from, { maxBytes: loadBytes, upTo, minOneBatch: true }),
    committed: (offset) => replica.committed(offset),
  }
}
