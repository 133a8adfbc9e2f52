import { linkOf } from '../../client/link.ts'
import type { PasswordLogin } from '../../client/types.ts'
import { BrokerConfig } from '../../config/broker-config.ts'
import { BUILT_IN_PROPERTIES } from '../../config/built-in.ts'
import { NodeDisk } from '../../io/node-disk.ts'
import { clientTls } from '../../io/tls.ts'
import { TlsEndpoint } from '../../node/tls/endpoint.ts'
import type { PeerLink } from '../../runtime/peer-link.ts'
import { JaasError, parseJaasConfig } from '../../security/sasl/jaas.ts'
import type { LoginFactory } from '../../security/sasl/mechanism.ts'
import { readProperties } from '../load-config.ts'
import { UserError } from '../user-error.ts'

export interface ClientConfig {
  readonly link: PeerLink
  readonly protocol: string
  /** `bootstrap.servers` of the file. */
  readonly bootstrap: string | undefined
  readonly clientId: string | undefined
}

const PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const
type Protocol = (typeof PROTOCOLS)[number]
/** As errors name whom the settings are for. */
const NAME = 'this client'

/** Kafka's client.properties. @throws UserError, ConfigError */
export async function readClientConfig(file: string): Promise<ClientConfig> {
  const properties = readProperties(file)
  const protocol = (properties.get('security.protocol') ?? 'PLAINTEXT').trim().toUpperCase() as Protocol
  if (!PROTOCOLS.includes(protocol)) {
    throw new UserError(`Set security.protocol in ${file} to one of ${PROTOCOLS.join(', ')}: '${protocol}' is none.`)
  }
  const security = [...properties].filter(([name]) => name.startsWith('ssl.') || name.startsWith('sasl.'))
  const config = new BrokerConfig({ file: new Map([...BUILT_IN_PROPERTIES, ...security]) })
  const disk = new NodeDisk()
  let link: PeerLink = {}
  if (protocol === 'SSL' || protocol === 'SASL_SSL') {
    const options = { listener: NAME, protocol, serves: false, isInterBroker: false, disk: disk.blocking }
    const endpoint = new TlsEndpoint(options, config)
    link = {
      tls: clientTls(
        () => endpoint.context,
        () => endpoint.fixed.verifiesHost,
      ),
    }
  }
  if (protocol.startsWith('SASL_')) link = { ...link, login: await loginOf(properties, config, file) }
  return { link, protocol, bootstrap: properties.get('bootstrap.servers'), clientId: properties.get('client.id') }
}

async function loginOf(
  properties: ReadonlyMap<string, string>,
  config: BrokerConfig,
  file: string,
): Promise<LoginFactory> {
  const mechanism = (properties.get('sasl.mechanism') ?? 'GSSAPI').trim()
  const entry = jaasOf(properties, file)
  if (mechanism === 'OAUTHBEARER') return bearerLogin(config, entry)
  if (mechanism !== 'PLAIN' && mechanism !== 'SCRAM-SHA-256' && mechanism !== 'SCRAM-SHA-512') {
    throw new UserError(
      `Set sasl.mechanism in ${file} to PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER: ${mechanism} is not spoken here.`,
    )
  }
  const { options } = entry
  const [username, password] = [options.get('username'), options.get('password')]
  if (username === undefined || password === undefined) {
    throw new UserError(`Give a username and a password in sasl.jaas.config of ${file}.`)
  }
  const sasl: PasswordLogin = { mechanism, username, password, tokenAuth: options.get('tokenauth') === 'true' }
  const { login } = linkOf({ protocol: 'SASL_PLAINTEXT', sasl })
  if (login === undefined) throw new UserError(`There is no login by ${mechanism}.`)
  return login
}

function jaasOf(properties: ReadonlyMap<string, string>, file: string) {
  const text = properties.get('sasl.jaas.config')
  if (text === undefined) {
    throw new UserError(`Set sasl.jaas.config in ${file}: security.protocol asks for a login.`)
  }
  try {
    return parseJaasConfig(text)
  } catch (error) {
    if (error instanceof JaasError) throw new UserError(`Correct sasl.jaas.config in ${file}: ${error.message}.`)
    throw error
  }
}

/** Tokens of a token server, of a file, or unsecured ones, by the settings that Kafka's clients have for them. */
async function bearerLogin(config: BrokerConfig, entry: ReturnType<typeof parseJaasConfig>): Promise<LoginFactory> {
  const [{ BEARER }, { silentLogger }, { NodeClock }, { NodeRandom }] = await Promise.all([
    import('../../node/sasl-bearer.ts'),
    import('../../io/logger.ts'),
    import('../../io/node-clock.ts'),
    import('../../io/node-random.ts'),
  ])
  const world = { clock: new NodeClock(), random: new NodeRandom(), disk: new NodeDisk(), logger: silentLogger }
  return BEARER.client({ ...world, config, listener: NAME, entries: [entry] } as unknown as Parameters<
    typeof BEARER.client
  >[0])
}
