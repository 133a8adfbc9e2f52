import { ConfigError } from '../../config/config-error.ts'
import type { BrokerConfigName, BrokerConfigValue } from '../../config/definitions.ts'
import { isSetOnListener, listenerSetting, type SettingsSource } from '../../config/listener-settings.ts'
import type { SecurityProtocol } from '../../config/listeners.ts'
import { type ClientAuth, knownCiphers, type TlsRules } from '../../io/tls.ts'
import { opensslSuite } from '../../security/tls/cipher-suites.ts'
import { MappingRuleError, type PrincipalMapping, principalMapping } from '../../security/tls/principal-mapping.ts'

/** What may change while a listener lives, as Kafka's DynamicSecurityConfigs. */
export const RELOADABLE = [
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.key.password',
  'ssl.keystore.key',
  'ssl.keystore.certificate.chain',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.password',
  'ssl.truststore.certificates',
] as const satisfies readonly BrokerConfigName[]

export type StoreSettings = { readonly [N in (typeof RELOADABLE)[number]]: BrokerConfigValue<N> }

export function storeSettings(source: SettingsSource, listener: string): StoreSettings {
  return Object.fromEntries(RELOADABLE.map((name) => [name, listenerSetting(source, listener, name)])) as StoreSettings
}

/** What stays while a listener lives. */
export interface FixedSettings {
  readonly rules: TlsRules
  readonly clientAuth: ClientAuth
  readonly verifiesHost: boolean
  readonly mapping: PrincipalMapping
  readonly allowsNameChanges: boolean
  readonly allowsAltNameChanges: boolean
}

/** @throws ConfigError */
export function fixedSettings(source: SettingsSource, listener: string, protocol: SecurityProtocol): FixedSettings {
  const get = <N extends BrokerConfigName>(name: N): BrokerConfigValue<N> => listenerSetting(source, listener, name)
  // As with Kafka, the broker's own setting is not for clients that log in by SASL.
  const isAsked = protocol === 'SSL' || isSetOnListener(source, listener, 'ssl.client.auth')
  const algorithm = (get('ssl.endpoint.identification.algorithm') ?? '').toLowerCase()
  if (algorithm !== '' && algorithm !== 'https') {
    throw new ConfigError(`Set ssl.endpoint.identification.algorithm of ${listener} to https, or leave it empty.`)
  }
  return {
    rules: rulesOf(listener, get('ssl.protocol'), get('ssl.enabled.protocols'), get('ssl.cipher.suites')),
    clientAuth: isAsked ? (get('ssl.client.auth') as ClientAuth) : 'none',
    verifiesHost: algorithm === 'https',
    mapping: mappingOf(listener, get('ssl.principal.mapping.rules')),
    allowsNameChanges: get('ssl.allow.dn.changes'),
    allowsAltNameChanges: get('ssl.allow.san.changes'),
  }
}

const MODERN = ['TLSv1.2', 'TLSv1.3'] as const
/** Java knows them and refuses to speak the old ones. */
const PROTOCOLS: ReadonlySet<string> = new Set(['SSLv2Hello', 'SSLv3', 'TLSv1', 'TLSv1.1', ...MODERN])
const CONTEXTS: ReadonlySet<string> = new Set(['TLS', 'SSL', 'DTLS', ...PROTOCOLS])

function rulesOf(listener: string, protocol: string, enabled: readonly string[], suites: readonly string[]): TlsRules {
  if (!CONTEXTS.has(protocol)) {
    throw new ConfigError(`Set ssl.protocol of ${listener} to TLSv1.3 or TLSv1.2: '${protocol}' is no protocol.`)
  }
  const unknown = enabled.find((name) => !PROTOCOLS.has(name))
  if (unknown !== undefined) {
    throw new ConfigError(`Take ${unknown} out of ssl.enabled.protocols of ${listener}: it is no protocol.`)
  }
  const asked = enabled.length > 0 ? enabled : protocol === 'TLSv1.2' ? ['TLSv1.2'] : MODERN
  const usable = MODERN.filter((name) => asked.includes(name))
  const [minVersion] = usable
  if (minVersion === undefined) {
    const names = asked.join(', ')
    throw new ConfigError(`Add TLSv1.2 or TLSv1.3 to ssl.enabled.protocols of ${listener}: ${names} alone is unsafe.`)
  }
  const maxVersion = usable.at(-1) ?? minVersion
  const ciphers = ciphersOf(listener, suites)
  return ciphers === undefined ? { minVersion, maxVersion } : narrowed(listener, { minVersion, maxVersion, ciphers })
}

/** A protocol that none of the suites is of is not spoken, whatever OpenSSL would have for it. */
function narrowed(listener: string, rules: TlsRules & { readonly ciphers: string }): TlsRules {
  const ofNewest = rules.ciphers.split(':').map((name) => name.startsWith('TLS_'))
  const { minVersion, maxVersion, ciphers } = rules
  const lowest = ofNewest.includes(false) ? minVersion : 'TLSv1.3'
  const highest = ofNewest.includes(true) ? maxVersion : 'TLSv1.2'
  if (lowest > highest) {
    throw new ConfigError(`Add a suite of ${maxVersion} to ssl.cipher.suites of ${listener}: there is none for it.`)
  }
  return { minVersion: lowest, maxVersion: highest, ciphers }
}

function ciphersOf(listener: string, suites: readonly string[]): string | undefined {
  if (suites.length === 0) return undefined
  const known = knownCiphers()
  // Java's sign that a client can take part in safe renegotiation: no cipher.
  const asked = suites.filter((suite) => suite !== 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV')
  const names = asked.map((suite) => {
    const name = opensslSuite(suite, known)
    if (name === undefined) {
      throw new ConfigError(`Take ${suite} out of ssl.cipher.suites of ${listener}: this node does not have it.`)
    }
    return name
  })
  return names.join(':')
}

function mappingOf(listener: string, rules: string): PrincipalMapping {
  try {
    return principalMapping(rules)
  } catch (error) {
    if (!(error instanceof MappingRuleError)) throw error
    throw new ConfigError(`Correct ssl.principal.mapping.rules of ${listener}: ${error.message}.`)
  }
}
