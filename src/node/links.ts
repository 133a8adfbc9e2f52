import type { BrokerConfig } from '../config/broker-config.ts'
import { listenerSetting } from '../config/listener-settings.ts'
import type { PeerLink } from '../runtime/peer-link.ts'
import { isSasl, type SaslSetup } from './sasl.ts'
import type { NodeTls } from './tls/node-tls.ts'

interface LinkParts {
  readonly config: BrokerConfig
  readonly tls: NodeTls
  readonly sasl: SaslSetup
}

/** All other connections are to brokers. */
const TO_CONTROLLERS: ReadonlySet<string> = new Set(['to-controller', 'raft', 'raft-fetch'])

/** How this node speaks with brokers, and with controllers: as the listeners that they take its connections by ask for. */
export class Links {
  readonly #parts: LinkParts
  readonly #made = new Map<'broker' | 'controller', PeerLink>()

  constructor(parts: LinkParts) {
    this.#parts = parts
  }

  /** @throws ConfigError at the first use, where the settings of the link can't work */
  to(kind: 'broker' | 'controller'): PeerLink {
    let link = this.#made.get(kind)
    if (link === undefined) {
      link = this.#make(kind)
      this.#made.set(kind, link)
    }
    return link
  }

  for(purpose: string): PeerLink {
    return this.to(TO_CONTROLLERS.has(purpose) ? 'controller' : 'broker')
  }

  #make(kind: 'broker' | 'controller'): PeerLink {
    const { config, tls, sasl } = this.#parts
    const listener = kind === 'broker' ? config.interBrokerListenerName : config.controllerListenerName
    const setting = kind === 'broker' ? 'sasl.mechanism.inter.broker.protocol' : 'sasl.mechanism.controller.protocol'
    const secured = tls.link(listener)
    const protocol = config.protocols.get(listener)
    const login =
      protocol !== undefined && isSasl(protocol)
        ? sasl.login(listener, listenerSetting(config, listener, setting), setting)
        : undefined
    return { ...(secured && { tls: secured }), ...(login && { login }) }
  }
}
