import type { DirectoryId, Uuid } from '../base/ids.ts'
import type { RegisterBroker } from '../metadata/cluster/commands.ts'
import type { ControllerCommand, ReplyTo } from '../metadata/controller.ts'
import type { MetadataDelta } from '../metadata/delta.ts'
import type { MetadataImage } from '../metadata/image.ts'

/** Called when committed records have changed `image`: at once, in the order of registration, before any reply leaves. */
export type ImageListener = (delta: MetadataDelta, image: MetadataImage) => void

export interface QuorumVoter {
  readonly id: number
  readonly directoryId: DirectoryId
  readonly endpoints: readonly { readonly name: string; readonly host: string; readonly port: number }[]
}

/** The quorum as DescribeQuorum shows it. */
export interface QuorumStatus {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly logEndOffset: number
  readonly lastFetchTimestamp: number
  readonly lastCaughtUpTimestamp: number
  readonly voters: readonly QuorumVoter[]
}

export type BrokerRegistration = Omit<RegisterBroker, 'brokerId' | 'clusterId' | 'incarnationId'>

/** This node's part in the metadata quorum: its log, the controller on it, and the committed image. */
export interface MetadataNode {
  readonly clusterId: string
  readonly nodeId: number
  /** Of this process. */
  readonly incarnationId: Uuid
  /** Everything that is committed. */
  readonly image: MetadataImage
  /** This broker's epoch once it registered, else -1. */
  readonly brokerEpoch: number
  onImage(listener: ImageListener): () => void
  /** Resolves when what was decided is committed and in `image`; rejects with the KafkaError of the refusal. */
  submit<C extends ControllerCommand>(command: C): Promise<ReplyTo<C>>
  /** Registers this broker, still fenced. Call when the listeners have their ports. */
  register(registration: BrokerRegistration): Promise<void>
  /** The broker serves: it may lead partitions from now on. */
  unfence(): Promise<void>
  /** Moves leadership away, as far as there is where to; the first step of a clean stop. */
  controlledShutdown(): Promise<void>
  quorum(): QuorumStatus
  close(): Promise<void>
}
