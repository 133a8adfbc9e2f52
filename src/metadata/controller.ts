import { KafkaError } from '../base/errors.ts'
import type { Decision, Machine, Token } from '../base/machine.ts'
import type { ClusterCommands } from './cluster/commands.ts'
import type { ConfigCommands } from './configs/commands.ts'
import { MetadataImage } from './image.ts'
import type { ControllerEnv, ControllerRandom, Manager, Outcome } from './manager.ts'
import type { ProducerIdCommands } from './producer-ids.ts'
import type { MetadataRecord } from './records.ts'
import type { TopicCommands } from './topics/commands.ts'

/** Everything that the controller can be asked; each manager adds its own. */
export interface ControllerCommands extends ClusterCommands, ProducerIdCommands, TopicCommands, ConfigCommands {}

export type ControllerCommandType = keyof ControllerCommands
/** `{ type: 'createTopics', … } | { type: 'registerBroker', … } | …` */
export type ControllerCommand = {
  [N in ControllerCommandType]: { readonly type: N } & ControllerCommands[N]['command']
}[ControllerCommandType]
export type ReplyTo<C extends { readonly type: ControllerCommandType }> = ControllerCommands[C['type']]['reply']
export type ControllerReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: KafkaError }

export interface ControllerOptions {
  readonly clusterId: string
  readonly random: ControllerRandom
  readonly managers: ControllerManagers
}

/** The managers that need more than the image are made outside and given in. */
export type ControllerManagers = Manager<ControllerCommands>

/**
 * Decides what the metadata log says next. Its image includes records that are not committed yet; a failed append means
 * that the whole machine is thrown away and made anew from the log.
 */
export class Controller implements Machine<ControllerCommand, MetadataRecord, ControllerReply> {
  readonly image: MetadataImage
  readonly #random: ControllerRandom
  readonly #managers: ControllerManagers
  #epoch = -1
  #nextOffset = 0

  constructor({ clusterId, random, managers }: ControllerOptions) {
    this.image = new MetadataImage(clusterId)
    this.#random = random
    this.#managers = managers
  }

  /** This node leads from now on: records that are decided next get offsets from `nextOffset` on. */
  lead(epoch: number, nextOffset: number): void {
    this.#epoch = epoch
    this.#nextOffset = nextOffset
  }

  handle(command: ControllerCommand, token: Token, nowMs: number): Decision<MetadataRecord, ControllerReply> {
    try {
      const { records, reply } = this.#dispatch(command, nowMs)
      return { records, replies: [{ to: token, reply: { ok: true, value: reply } }] }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { records: [], replies: [{ to: token, reply: { ok: false, error } }] }
    }
  }

  #dispatch(command: ControllerCommand, nowMs: number): Outcome<unknown> {
    const env: ControllerEnv = {
      image: this.image,
      nowMs,
      controllerEpoch: this.#epoch,
      nextOffset: this.#nextOffset,
      random: this.#random,
    }
    // The mapped types make every entry fit its command; the compiler cannot follow that through an index.
    const handle = this.#managers[command.type] as (command: ControllerCommand, env: ControllerEnv) => Outcome<unknown>
    return handle(command, env)
  }

  tick(_nowMs: number): Decision<MetadataRecord, ControllerReply> {
    return { records: [], replies: [] }
  }

  replay(record: MetadataRecord, offset: number): void {
    this.image.replay(record)
    this.image.offset = offset
    this.#nextOffset = offset + 1
  }

  deadlineMs(): number {
    return Number.POSITIVE_INFINITY
  }
}
