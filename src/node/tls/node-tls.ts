import { KafkaError } from '../../base/errors.ts'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { ConfigError } from '../../config/config-error.ts'
import { BrokerLayers, type ConfigTexts } from '../../config/layers.ts'
import { isSetOnListener, listenerPrefix } from '../../config/listener-settings.ts'
import type { SecurityProtocol } from '../../config/listeners.ts'
import { HTTP_ENDPOINT } from '../../config/own-configs.ts'
import { REGISTRY_ENDPOINT } from '../../config/registry-config.ts'
import { areaOf } from '../../io/log-levels.ts'
import type { Clock, Disk, Logger, Timer } from '../../io/ports.ts'
import { type ClientTls, clientTls, serverTls, type TlsContext } from '../../io/tls.ts'
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

export function isTls(protocol: SecurityProtocol | undefined): protocol is 'SSL' | 'SASL_SSL' {
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

  /**
   * For a listener that is about to be bound, by the settings that count now; undefined: its bytes come as they are.
   * @throws ConfigError
   */
  listener(name: string, protocol = this.#options.config.protocols.get(name)): ListenerTls | undefined {
    if (!isTls(protocol)) return undefined
    const endpoint = this.#make(name, protocol, true)
    const { clientAuth, mapping } = endpoint.fixed
    return {
      ...serverTls(
        () => endpoint.context,
        () => clientAuth,
      ),
      principalOf: (certificate) => {
        if (certificate === undefined) return ANONYMOUS
        const user = mapping.apply(subjectOf(certificate))
        return user === undefined ? undefined : `User:${user}`
      },
    }
  }

  /** How nodes with such a listener are spoken with. @throws ConfigError */
  link(name: string, protocol = this.#options.config.protocols.get(name)): ClientTls | undefined {
    if (!isTls(protocol)) return undefined
    const first = this.#endpoints.get(name) ?? this.#make(name, protocol, this.#isOwn(name))
    // Of a listener of the same name that is bound later, the link takes what that one has read.
    const context = (): TlsContext => (this.#endpoints.get(name) ?? first).context
    return clientTls(context, () => first.fixed.verifiesHost)
  }

  /**
   * How somebody else than this node speaks with nodes that have the listener: without its certificate. The host's name does not
   * count where it is this node.
   */
  visitorLink(name: string, isThisNode: (host: string) => boolean): ClientTls | undefined {
    const endpoint = this.#endpoints.get(name)
    if (endpoint === undefined) return undefined
    const context = (): TlsContext => endpoint.visitorContext
    const here = clientTls(context, () => false)
    const elsewhere = clientTls(context, () => endpoint.fixed.verifiesHost)
    return { secure: (socket, host, done) => (isThisNode(host) ? here : elsewhere).secure(socket, host, done) }
  }

  /** Whether those who come to a listener must show a certificate. */
  wantsCertificates(name: string): boolean {
    return this.#endpoints.get(name)?.fixed.clientAuth === 'required'
  }

  #isOwn(listener: string): boolean {
    return this.#options.config.listeners.some(({ name }) => name === listener)
  }

  #make(listener: string, protocol: SecurityProtocol, serves: boolean): TlsEndpoint {
    const { config, effective, disk } = this.#options
    const isInterBroker = listener === config.interBrokerListenerName
    const options = { listener, protocol, serves, isInterBroker, disk: disk.blocking }
    const endpoint = new TlsEndpoint(options, effective.layers)
    if (!this.#endpoints.has(listener)) this.#sayWhatIsNotAsked(listener, protocol)
    this.#endpoints.set(listener, endpoint)
    this.#follow()
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

  /** Without those of listeners that are to go. */
  #wanted(layers: BrokerLayers): (readonly [string, TlsEndpoint])[] {
    const names = new Set(
      layers.value('listeners').map((text) => text.slice(0, text.indexOf(':')).trim().toUpperCase()),
    )
    for (const name of [REGISTRY_ENDPOINT, HTTP_ENDPOINT]) names.add(name)
    return [...this.#endpoints].filter(([name, { serves }]) => !serves || names.has(name))
  }

  #reload(): void {
    const { layers } = this.#options.effective
    for (const [name, endpoint] of this.#wanted(layers)) {
      try {
        if (endpoint.reload(layers)) {
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
    for (const [, endpoint] of this.#wanted(next)) {
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
