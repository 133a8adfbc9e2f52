import { fileURLToPath } from 'node:url'
import type { BrokerConfig } from '../config/broker-config.ts'
import { ConfigError } from '../config/config-error.ts'
import type { BrokerConfigName, BrokerConfigValue } from '../config/definitions.ts'
import { listenerPrefix, listenerSetting } from '../config/listener-settings.ts'
import { OAUTH_FILES, OAUTH_URLS } from '../config/own-configs.ts'
import type { BlockingDisk } from '../io/ports.ts'
import { BearerOptionsError, option } from '../security/sasl/oauth/unsecured.ts'
import { pemOf } from '../security/tls/pem.ts'
import { readTrusted } from './tls/stores.ts'

type Options = ReadonlyMap<string, string>

/** What OAUTHBEARER is set up with on one listener: its settings, and the options of its login module. */
export class BearerSettings {
  readonly #config: BrokerConfig
  readonly #listener: string
  readonly options: Options

  constructor(config: BrokerConfig, listener: string, options: Options) {
    this.#config = config
    this.#listener = listener
    this.options = options
  }

  get<N extends BrokerConfigName>(name: N): BrokerConfigValue<N> {
    return listenerSetting(this.#config, this.#listener, name, 'OAUTHBEARER')
  }

  /** Undefined: not set, or blank. */
  text(name: BrokerConfigName): string | undefined {
    const value = this.get(name)
    const text = typeof value === 'string' ? value.trim() : ''
    return text === '' ? undefined : text
  }

  /** A setting, or where it is not set the option that older configurations have instead. */
  textOrOption(name: BrokerConfigName, older: string): string | undefined {
    return this.text(name) ?? option(this.options, older)
  }

  /** @throws ConfigError */
  required(name: BrokerConfigName, older?: string): string {
    const value = older === undefined ? this.text(name) : this.textOrOption(name, older)
    return (
      value ??
      this.wrong(name, `it is needed${older === undefined ? '' : ` (or the option ${older} of the login module)`}`)
    )
  }

  /** @throws ConfigError */
  url(name: BrokerConfigName): URL {
    const text = this.required(name)
    const url = URL.canParse(text) ? new URL(text) : this.wrong(name, 'it is no URL')
    if (!PROTOCOLS.has(url.protocol)) this.wrong(name, 'only "http", "https" and "file" are supported')
    this.#allow(name, text, OAUTH_URLS)
    return url
  }

  /** @throws ConfigError */
  file(name: BrokerConfigName): string | undefined {
    const path = this.text(name)
    if (path !== undefined) this.#allow(name, path, OAUTH_FILES)
    return path
  }

  /** Java's system properties that name what may be read: a list binds where there is one. */
  #allow(name: BrokerConfigName, value: string, list: string): void {
    const allowed = this.#config.given.get(list)?.text.split(',')
    if (allowed === undefined || allowed.some((one) => one.trim() === value)) return
    this.wrong(name, `it is not in ${list}`)
  }

  /** Whom https connections to token servers trust: the `ssl.truststore.…` of the login module. @throws ConfigError */
  trusted(disk: BlockingDisk): readonly string[] | undefined {
    const given = [...this.options.keys()].filter((name) => name.startsWith('ssl.'))
    const unknown = given.find((name) => !TRUST_OPTIONS.has(name))
    if (unknown !== undefined) {
      const key = `${listenerPrefix(this.#listener)}oauthbearer.sasl.jaas.config`
      throw new ConfigError(`Take ${unknown} out of ${key}: token servers are only shown whom this node trusts.`)
    }
    const of = (name: string): string | null => this.options.get(`ssl.truststore.${name}`) ?? null
    const settings = {
      ...NO_STORES,
      'ssl.truststore.type': of('type') ?? 'JKS',
      'ssl.truststore.location': of('location'),
      'ssl.truststore.password': of('password'),
      'ssl.truststore.certificates': of('certificates'),
    }
    return readTrusted(settings, this.#listener, disk)?.map((der) => pemOf('CERTIFICATE', der))
  }

  wrong(name: BrokerConfigName, why: string): never {
    throw new ConfigError(`Correct ${listenerPrefix(this.#listener)}oauthbearer.${name} (or ${name}): ${why}.`)
  }

  /** Of the options of the login module. @throws ConfigError */
  readable<T>(make: () => T): T {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof BearerOptionsError)) throw error
      throw new ConfigError(`Correct ${listenerPrefix(this.#listener)}oauthbearer.sasl.jaas.config: ${error.message}.`)
    }
  }
}

const TRUST_OPTIONS: ReadonlySet<string> = new Set(
  ['type', 'location', 'password', 'certificates'].map((name) => `ssl.truststore.${name}`),
)
const NO_STORES = {
  'ssl.keystore.type': 'JKS',
  'ssl.keystore.location': null,
  'ssl.keystore.password': null,
  'ssl.key.password': null,
  'ssl.keystore.key': null,
  'ssl.keystore.certificate.chain': null,
}

const PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'file:'])

export function pathOf(url: URL): string {
  return fileURLToPath(url)
}
