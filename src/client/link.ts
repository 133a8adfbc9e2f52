import { randomBytes } from 'node:crypto'
import { clientTls, tlsContext } from '../io/tls.ts'
import type { PeerLink } from '../runtime/peer-link.ts'
import type { LoginFactory } from '../security/sasl/mechanism.ts'
import { BearerClient } from '../security/sasl/oauth/client.ts'
import { PlainClient } from '../security/sasl/plain.ts'
import { ScramAccount, ScramClient } from '../security/sasl/scram-client.ts'
import { NONCE_BYTES, scramMechanism } from '../security/sasl/scram-formulas.ts'
import type { BearerTokenLogin, ClientSecurity, ClientTlsOptions, PasswordLogin } from './types.ts'

/** How connections are secured. @throws Error where OpenSSL refuses the keys or certificates */
export function linkOf(security: ClientSecurity | undefined): PeerLink {
  if (security === undefined) return {}
  const { protocol, tls, sasl } = security
  const isSecured = protocol === 'SSL' || protocol === 'SASL_SSL'
  const logsIn = protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL'
  if (logsIn && sasl === undefined) throw new Error(`Give a user to log in by ${protocol}.`)
  return { ...(isSecured && { tls: tlsOf(tls ?? {}) }), ...(logsIn && sasl && { login: loginOf(sasl) }) }
}

function tlsOf({ verifiesHost = true, keys = [], chains = [], trusted, ciphers, ...rules }: ClientTlsOptions) {
  const { minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3' } = rules
  const context = tlsContext(
    { keys, chains, ...(trusted && { trusted }) },
    { minVersion, maxVersion, ...(ciphers !== undefined && { ciphers }) },
  )
  return clientTls(
    () => context,
    () => verifiesHost,
  )
}

function loginOf(login: PasswordLogin | BearerTokenLogin): LoginFactory {
  if (login.mechanism === 'OAUTHBEARER') {
    const start = async () => new BearerClient({ token: await login.token(), extensions: new Map() })
    return { mechanism: login.mechanism, start }
  }
  const { mechanism, username, password, tokenAuth = false } = login
  if (mechanism === 'PLAIN') return { mechanism, start: () => new PlainClient(username, password) }
  const facts = scramMechanism(mechanism)
  if (facts === undefined) throw new Error(`There is no mechanism ${mechanism}.`)
  const account = new ScramAccount(username, password)
  const start = () =>
    new ScramClient({ mechanism: facts, account, random: randomBytes(NONCE_BYTES), isToken: tokenAuth })
  return { mechanism, start }
}
