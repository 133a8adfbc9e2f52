import type { Uuid } from '../base/ids.ts'
import type { MetadataImage } from './image.ts'
import type { MetadataRecord } from './records.ts'

/**
 * How a kind of thing plugs into the controller.
 *
 * A manager names its commands in an interface, one entry each, and is an object with one function for every entry:
 *
 *     export interface TopicCommands {
 *       createTopics: { command: { request: CreateTopicsRequestData; validateOnly: boolean }; reply: CreateTopicsResponseData }
 *     }
 *     export function topicManager(deps: …): Manager<TopicCommands> {
 *       return { createTopics: (command, env) => ({ records: […], reply: … }) }
 *     }
 *
 * `env.image` includes everything decided before, committed or not. The records of one command are written all or
 * nothing, replayed at once, and the reply leaves when they are committed. Throwing a KafkaError rejects `submit`.
 */
export type CommandMap<T> = { readonly [N in keyof T]: { readonly command: object; readonly reply: unknown } }

export interface Outcome<R> {
  readonly records: readonly MetadataRecord[]
  readonly reply: R
}

export interface ControllerEnv {
  readonly image: MetadataImage
  /** For durations; says nothing of the time of day. */
  readonly nowMs: number
  /** Ms since 1970, for what records say. */
  readonly wallMs: number
  /** The epoch of this leadership. */
  readonly controllerEpoch: number
  /** The offset that the first of the command's records will have, as brokers' epochs are made of. */
  readonly nextOffset: number
  readonly random: ControllerRandom
}

/** Randomness as the controller needs it; seeded in simulations. */
export interface ControllerRandom {
  /** A random id that is not reserved and does not begin with `-`. */
  uuid(): Uuid
  /** A whole number in 0 … bound−1. */
  below(bound: number): number
}

export type Manager<T extends CommandMap<T>> = {
  readonly [N in keyof T]: (command: T[N]['command'], env: ControllerEnv) => Outcome<T[N]['reply']>
}
