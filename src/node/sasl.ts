import { ConfigError } from '../config/config-error.ts'
import { listenerPrefix, listenerSetting } from '../config/listener-settings.ts'
import type { SaslSettings } from '../network/sasl-settings.ts'
import { type LoginFactory, SASL_MECHANISMS, type SaslMechanism } from '../security/sasl/mechanism.ts'
import { Jaas } from './jaas.ts'
import { KeySources } from './key-sources.ts'
import type { MechanismKind, MechanismParts, SaslSetupOptions } from './sasl-mechanism-kind.ts'
import { MECHANISM_KINDS } from './sasl-mechanisms.ts'

/** How clients log in to this node, and this node to others. */
export class SaslSetup {
  readonly #options: SaslSetupOptions
  readonly #jaas: Jaas
  readonly #keys: KeySources

  /** @throws ConfigError where a listener or a link can't work as it is set up */
  constructor(options: SaslSetupOptions) {
    this.#options = options
    this.#jaas = new Jaas(options.effective, options.jaasFile)
    this.#keys = new KeySources(options)
  }

  /** @throws ConfigError */
  listener(name: string): SaslSettings {
    const { config, effective, logger } = this.#options
    this.#checkBrokersCanLogIn(name)
    let layers = effective.layers
    let mechanisms = this.#mechanisms(name)
    return {
      mechanisms: () => {
        if (layers === effective.layers) return mechanisms
        layers = effective.layers
        try {
          mechanisms = this.#mechanisms(name)
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error
          logger.error(`The logins of the listener ${name} stay as they were. ${error.message}`)
        }
        return mechanisms
      },
      maxReceiveBytes: listenerSetting(config, name, 'sasl.server.max.receive.size'),
      failureDelayMs: config.get('connection.failed.authentication.delay.ms'),
      maxReauthMs: (mechanism) => listenerSetting(config, name, 'connections.max.reauth.ms', mechanism),
    }
  }

  #checkBrokersCanLogIn(name: string): void {
    const { config } = this.#options
    const mechanism = config.get('sasl.mechanism.inter.broker.protocol')
    if (name !== config.interBrokerListenerName || !config.isBroker) return
    if (listenerSetting(config, name, 'sasl.enabled.mechanisms').includes(mechanism)) return
    throw new ConfigError(
      `Set sasl.mechanism.inter.broker.protocol to one of ${enabledKey(name)}: brokers log in by it, and ${mechanism} is none.`,
    )
  }

  #mechanisms(listener: string): SaslMechanism[] {
    const { effective } = this.#options
    const enabled = listenerSetting(effective.layers, listener, 'sasl.enabled.mechanisms')
    if (enabled.length === 0)
      throw new ConfigError(`Name a mechanism in ${enabledKey(listener)}: no client could log in.`)
    return enabled.map((mechanism) => {
      const kind = kindOf(mechanism, () => `${enabledKey(listener)} to some of ${known()}`)
      this.#refuseCallbacks(listener, mechanism)
      return kind.server(this.#parts(listener, mechanism))
    })
  }

  /** How this node logs in where the other side listens as `listener`. @throws ConfigError */
  login(listener: string, mechanism: string, setting: string): LoginFactory {
    const kind = kindOf(mechanism, () => `${setting} to one of ${known()}`)
    return kind.client(this.#parts(listener, mechanism))
  }

  #parts(listener: string, mechanism: string): MechanismParts {
    return { ...this.#options, listener, entries: this.#jaas.entries(listener, mechanism), keys: this.#keys }
  }

  close(): void {
    this.#keys.close()
  }

  /** Java classes can't be loaded; Kafka's own that do what is done here anyway may be named. */
  #refuseCallbacks(listener: string, mechanism: string): void {
    if (mechanism === 'OAUTHBEARER') return
    const name = 'sasl.server.callback.handler.class'
    const handler = listenerSetting(this.#options.config, listener, name, mechanism)
    if (!handler || OWN_HANDLERS.has(handler)) return
    const key = `${listenerPrefix(listener)}${mechanism.toLowerCase()}.${name}`
    throw new ConfigError(`Take ${key} out of the configuration: Java classes can not be loaded.`)
  }
}

const OWN_HANDLERS: ReadonlySet<string> = new Set([
  'org.apache.kafka.common.security.plain.internals.PlainServerCallbackHandler',
  'org.apache.kafka.common.security.scram.internals.ScramServerCallbackHandler',
])

function kindOf(name: string, what: () => string): MechanismKind {
  const mechanism = SASL_MECHANISMS.find((candidate) => candidate === name)
  const kind = mechanism && MECHANISM_KINDS[mechanism]
  if (kind !== undefined) return kind
  const why = name === 'GSSAPI' ? "GSSAPI, which is Kafka's default, is not there" : `${name} is not there`
  throw new ConfigError(`Set ${what()}: ${why}.`)
}

function known(): string {
  return Object.keys(MECHANISM_KINDS).join(', ')
}

function enabledKey(listener: string): string {
  return `sasl.enabled.mechanisms (or ${listenerPrefix(listener)}sasl.enabled.mechanisms)`
}

export function isSasl(protocol: string | undefined): boolean {
  return protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL'
}
