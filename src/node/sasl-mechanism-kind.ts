import type { BrokerConfig } from '../config/broker-config.ts'
import type { Clock, Disk, Logger, Random } from '../io/ports.ts'
import type { JaasEntry } from '../security/sasl/jaas.ts'
import type { LoginFactory, SaslMechanism } from '../security/sasl/mechanism.ts'
import type { ScramCredentials } from '../security/sasl/scram-server.ts'
import type { EffectiveConfig } from './effective-config.ts'
import type { KeySources } from './key-sources.ts'

/** Delegation tokens, which log in by SCRAM. */
export type TokenCredentials = Required<Pick<ScramCredentials, 'ofToken'>>

export interface SaslSetupOptions {
  readonly config: BrokerConfig
  readonly effective: EffectiveConfig
  readonly clock: Clock
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
  readonly jaasFile: string | undefined
  /** Left out: there are none. */
  readonly tokens?: TokenCredentials | undefined
}

/** What a mechanism is made of on one listener, or for one kind of link. */
export interface MechanismParts extends SaslSetupOptions {
  readonly listener: string
  /** Of the mechanism, where it has any. */
  readonly entries: readonly JaasEntry[] | undefined
  /** Of token servers. */
  readonly keys: KeySources
}

/** @throws ConfigError */
export interface MechanismKind {
  server(parts: MechanismParts): SaslMechanism
  client(parts: MechanismParts): LoginFactory
}
