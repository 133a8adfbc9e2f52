import { X509Certificate } from 'node:crypto'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { ConfigError } from '../../config/config-error.ts'
import type { SecurityProtocol } from '../../config/listeners.ts'
import { HTTP_ENDPOINT } from '../../config/own-configs.ts'
import { REGISTRY_ENDPOINT } from '../../config/registry-config.ts'
import { NodeDisk } from '../../io/node-disk.ts'
import { TlsEndpoint } from '../../node/tls/endpoint.ts'
import { storeSettings } from '../../node/tls/settings.ts'
import { readKeys, readTrusted } from '../../node/tls/stores.ts'
import type { Finding } from './doctor-finding.ts'

const DAY_MS = 86_400_000
const SOON_DAYS = 30

/** Whether the stores of listeners can be read and work together, and how long their certificates hold. */
export function tlsFindings(config: BrokerConfig): Finding[] {
  const { blocking: disk } = new NodeDisk()
  return [...config.listeners, ...httpEndpoints(config)].flatMap(({ name, securityProtocol }): Finding[] => {
    if (securityProtocol !== 'SSL' && securityProtocol !== 'SASL_SSL') return []
    const about = `TLS of ${name}`
    try {
      const isInterBroker = name === config.interBrokerListenerName
      new TlsEndpoint({ listener: name, protocol: securityProtocol, serves: true, isInterBroker, disk }, config)
      const settings = storeSettings(config, name)
      const own = (readKeys(settings, name, disk) ?? []).flatMap(({ chain }) => chain)
      const trusted = readTrusted(settings, name, disk) ?? []
      return [
        ...own.map((der) => expiry(about, 'certificate', der)),
        ...trusted.map((der) => expiry(about, 'trusted certificate', der)),
      ]
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return [{ level: 'problem', about, text: error.message }]
    }
  })
}

/** Those of the console and the registry are no listeners of Kafka's protocol, but have settings as these have. */
function httpEndpoints(config: BrokerConfig): { readonly name: string; readonly securityProtocol: SecurityProtocol }[] {
  const served = [
    { name: HTTP_ENDPOINT, listeners: config.httpListeners },
    { name: REGISTRY_ENDPOINT, listeners: config.isBroker ? config.registry.listeners : [] },
  ]
  return served
    .filter(({ listeners }) => listeners.some(({ isTls }) => isTls))
    .map(({ name }) => ({ name, securityProtocol: 'SSL' }))
}

function expiry(about: string, what: string, der: Buffer): Finding {
  const certificate = new X509Certificate(der)
  const days = Math.floor((certificate.validToDate.getTime() - Date.now()) / DAY_MS)
  const name = certificate.subject.replaceAll('\n', ', ')
  const fix = 'Renew it, and put the new one into the store: a running node takes it over by itself.'
  if (days < 0) return { level: 'problem', about, text: `the ${what} of ${name} ran out ${-days} days ago`, fix }
  if (certificate.validFromDate.getTime() > Date.now()) {
    return { level: 'problem', about, text: `the ${what} of ${name} does not hold yet`, fix: 'Check the clock.' }
  }
  if (days < SOON_DAYS) return { level: 'warning', about, text: `the ${what} of ${name} runs out in ${days} days`, fix }
  return { level: 'ok', about, text: `the ${what} of ${name} holds for ${days} days` }
}
