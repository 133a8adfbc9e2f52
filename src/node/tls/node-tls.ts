import { KafkaError } from '../../base/errors.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { ConfigError } from '../../config/config-error.ts'
import { BrokerLayers, type ConfigTexts } from '../../config/layers.ts'
import { isSetOnListener, listenerPrefix } from '../../config/listener-settings.ts'
import type { SecurityProtocol } from '../../config/listeners.ts'
import { areaOf } from '../../io/log-levels.ts'
import type { Clock, Disk, Logger, Timer } from '../../io/ports.ts'
import { type ClientTls, clientTls, serverTls } from '../../io/tls.ts'
import type { ListenerTls } from '../../network/handshakes.ts'
import { subjectOf } from '../../security/tls/certificate.ts'
import type { EffectiveConfig } from '../effective-config.ts'
import { TlsEndpoint } from './endpoint.ts'

export interface NodeTlsOptions {
  readonly config: BrokerConfig
  readonly effective: EffectiveConfig
  readonly disk: Disk
  readonly clock: Clock
  readonly logger: Logger
}

/** How often the files of stores are looked at. */
const LOOK_MS = 2_000
const ANONYMOUS = 'User:ANONYMOUS'

export function isTls(protocol: SecurityProtocol | undefined): boolean {
  return protocol === 'SSL' || protocol === 'SASL_SSL'
}

/** All that a node has of TLS: one endpoint for each name of a listener, its own or another node's. */
export class NodeTls {
  readonly #options: NodeTlsOptions
  readonly #logger: Logger
  readonly #endpoints = new Map<string, TlsEndpoint>()
  /** What was said last of a listener whose stores can't be taken. */
  readonly #complaints = new Map<string, string>()
  #timer: Timer | undefined
  #isFollowing = false

  constructor(options: NodeTlsOptions) {
    this.#options = options
    this.#logger = areaOf(options.logger, 'network')
  }

  /** Undefined: the listener's bytes come as they are. @throws ConfigError */
  listener(name: string): ListenerTls | undefined {
    const endpoint = this.#endpoint(name)
    if (endpoint === undefined) return undefined
    const { clientAuth, mapping } = endpoint.fixed
    return {
      ...serverTls(
        () => endpoint.context,
        () => clientAuth,
      ),
      principalOf: (certificate) => {
        if (certificate === undefined) return ANONYMOUS
        const name = mapping.apply(subjectOf(certificate))
        return name === undefined ? undefined : `User:${name}`
      },
    }
  }

  /** How nodes with such a listener are spoken with. @throws ConfigError */
  link(name: string): ClientTls | undefined {
    const endpoint = this.#endpoint(name)
    if (endpoint === undefined) return undefined
    const { verifiesHost } = endpoint.fixed
    return clientTls(
      () => endpoint.context,
      () => verifiesHost,
    )
  }

  #endpoint(listener: string): TlsEndpoint | undefined {
    const { config, effective, disk } = this.#options
    const protocol = config.protocols.get(listener)
    if (protocol === undefined || !isTls(protocol)) return undefined
    let endpoint = this.#endpoints.get(listener)
    if (endpoint === undefined) {
      const serves = config.listeners.some(({ name }) => name === listener)
      const isInterBroker = listener === config.interBrokerListenerName
      endpoint = new TlsEndpoint({ listener, protocol, serves, isInterBroker, disk: disk.blocking }, effective.layers)
      this.#endpoints.set(listener, endpoint)
      this.#sayWhatIsNotAsked(listener, protocol)
      this.#follow()
    }
    return endpoint
  }

  #sayWhatIsNotAsked(listener: string, protocol: SecurityProtocol): void {
    const { effective } = this.#options
    const isMeant = effective.layers.value('ssl.client.auth') !== 'none'
    if (protocol === 'SSL' || !isMeant || isSetOnListener(effective.layers, listener, 'ssl.client.auth')) return
    const own = `${listenerPrefix(listener)}ssl.client.auth`
    this.#logger.warn(
      `ssl.client.auth is only for SSL listeners: set ${own} to ask clients of ${listener} for certificates`,
    )
  }

  #follow(): void {
    if (this.#isFollowing) return
    this.#isFollowing = true
    this.#options.effective.follow(() => this.#reload())
    this.#look()
  }

  /** Files may be written anew at any time. */
  #look(): void {
    this.#timer = this.#options.clock.after(LOOK_MS, () => {
      this.#reload()
      this.#look()
    })
  }

  #reload(): void {
    for (const [name, endpoint] of this.#endpoints) {
      try {
        if (endpoint.reload(this.#options.effective.layers)) {
          this.#logger.info({ listener: name }, `listener ${name}: new connections get the new keys and certificates`)
        }
        this.#complaints.delete(name)
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        if (this.#complaints.get(name) === error.message) continue
        this.#complaints.set(name, error.message)
        this.#logger.error({ listener: name }, `listener ${name} keeps its keys and certificates: ${error.message}`)
      }
    }
  }

  /**
   * Whether the stores of these settings can be taken; files that were written anew are, though the settings are the same.
   * Throws with Kafka's frame around the sentence.
   */
  check(own: ConfigTexts): void {
    const { config, effective } = this.#options
    const next = new BrokerLayers(config, own, effective.layers.defaultTexts)
    for (const endpoint of this.#endpoints.values()) {
      try {
        endpoint.check(next)
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        const why = 'org.apache.kafka.common.config.ConfigException'
        throw new KafkaError(
          'INVALID_REQUEST',
          `Invalid value ${why}: Validation of dynamic config update of SSLFactory failed: ${why}: ${error.message} ` +
            'for configuration Invalid dynamic configuration',
        )
      }
    }
    this.#reload()
  }

  close(): void {
    this.#timer?.cancel()
  }
}
