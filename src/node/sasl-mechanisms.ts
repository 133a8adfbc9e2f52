import { ConfigError } from '../config/config-error.ts'
import type { SaslMechanismName } from '../security/sasl/mechanism.ts'
import { PlainClient, plainMechanism } from '../security/sasl/plain.ts'
import { ScramAccount, ScramClient } from '../security/sasl/scram-client.ts'
import { scramMechanism } from '../security/sasl/scram-formulas.ts'
import { type ScramCredentials, scramMechanismOf } from '../security/sasl/scram-server.ts'
import { jaasKey } from './jaas.ts'
import { BEARER } from './sasl-bearer.ts'
import type { MechanismKind, MechanismParts } from './sasl-mechanism-kind.ts'

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
