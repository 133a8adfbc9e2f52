import type { BrokerConfig } from '../config/broker-config.ts'
import { ConfigError } from '../config/config-error.ts'
import type { Clock, Disk, Logger, Random } from '../io/ports.ts'
import type { JaasEntry } from '../security/sasl/jaas.ts'
import type { LoginFactory, SaslMechanism, SaslMechanismName } from '../security/sasl/mechanism.ts'
import { PlainClient, plainMechanism } from '../security/sasl/plain.ts'
import { ScramAccount, ScramClient } from '../security/sasl/scram-client.ts'
import { scramMechanism } from '../security/sasl/scram-formulas.ts'
import { type ScramCredentials, scramMechanismOf } from '../security/sasl/scram-server.ts'
import type { EffectiveConfig } from './effective-config.ts'
import { jaasKey } from './jaas.ts'
import { BEARER, type KeySources } from './sasl-bearer.ts'

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

const PLAIN_MODULE = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const SCRAM_MODULE = 'org.apache.kafka.common.security.scram.ScramLoginModule'
const USER_PREFIX = 'user_'
const NONCE_BYTES = 17

const PLAIN: MechanismKind = {
  server(parts) {
    const options = optionsOf(parts, 'PLAIN', PLAIN_MODULE, 'user_alice="…"')
    return plainMechanism((user) => options.get(USER_PREFIX + user))
  },
  client(parts) {
    const { user, password } = accountOf(parts, 'PLAIN', PLAIN_MODULE)
    return { mechanism: 'PLAIN', start: () => new PlainClient(user, password) }
  },
}

function scram(mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512'): MechanismKind {
  const facts = scramMechanism(mechanism)
  if (facts === undefined) throw new Error(`no mechanism ${mechanism}`)
  return {
    server({ effective, random, tokens }) {
      const credentials: ScramCredentials = {
        ofUser: (_name, user) => effective.image?.scramCredential(facts.type, user),
        ...(tokens !== undefined && { ofToken: (name, tokenId) => tokens.ofToken(name, tokenId) }),
      }
      return scramMechanismOf(facts, credentials, (bytes) => random.bytes(bytes))
    },
    client(parts) {
      const { user, password, options } = accountOf(parts, mechanism, SCRAM_MODULE)
      const account = new ScramAccount(user, password)
      const isToken = options.get('tokenauth')?.toLowerCase() === 'true'
      const start = () =>
        new ScramClient({ mechanism: facts, account, random: parts.random.bytes(NONCE_BYTES), isToken })
      return { mechanism, start }
    },
  }
}

/** Every mechanism that is there. */
export const MECHANISM_KINDS: Readonly<Partial<Record<SaslMechanismName, MechanismKind>>> = {
  PLAIN,
  'SCRAM-SHA-256': scram('SCRAM-SHA-256'),
  'SCRAM-SHA-512': scram('SCRAM-SHA-512'),
  OAUTHBEARER: BEARER,
}

/** The options of the mechanism's login module. */
function optionsOf({ listener, entries }: MechanismParts, mechanism: string, module: string, example: string) {
  const entry = entries?.find((candidate) => candidate.module === module)
  if (entry !== undefined) return entry.options
  const key = jaasKey(listener, mechanism)
  const [other] = entries ?? []
  const why =
    other === undefined
      ? `there is no login module of ${mechanism} for the listener ${listener}`
      : `${other.module} is none of ${mechanism}`
  throw new ConfigError(`Set ${key} to ${module} required ${example}; : ${why}.`)
}

function accountOf(parts: MechanismParts, mechanism: string, module: string) {
  const options = optionsOf(parts, mechanism, module, 'username="…" password="…"')
  const [user, password] = [options.get('username'), options.get('password')]
  if (user === undefined || password === undefined) {
    const key = jaasKey(parts.listener, mechanism)
    throw new ConfigError(`Give ${key} a username and a password: this node logs in to others with them.`)
  }
  return { user, password, options }
}
