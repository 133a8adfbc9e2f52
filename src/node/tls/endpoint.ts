import { X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import { rootCertificates } from 'node:tls'
import { ConfigError } from '../../config/config-error.ts'
import type { SettingsSource } from '../../config/listener-settings.ts'
import type { SecurityProtocol } from '../../config/listeners.ts'
import type { BlockingDisk } from '../../io/ports.ts'
import { type TlsContext, tlsContext } from '../../io/tls.ts'
import { subjectOf } from '../../security/tls/certificate.ts'
import { isSameName } from '../../security/tls/distinguished-name.ts'
import { pemOf } from '../../security/tls/pem.ts'
import { type FixedSettings, fixedSettings, type StoreSettings, storeSettings } from './settings.ts'
import { isVouchedFor, type OwnKey, readKeys, readTrusted } from './stores.ts'

export interface EndpointOptions {
  readonly listener: string
  readonly protocol: SecurityProtocol
  /** It takes connections: it must have a key. */
  readonly serves: boolean
  /** Brokers speak with each other by it: its own certificate must be one that it trusts. */
  readonly isInterBroker: boolean
  readonly disk: BlockingDisk
}

/** What was read of the stores at one time. */
interface Loaded {
  readonly settings: StoreSettings
  readonly keys: readonly OwnKey[] | undefined
  readonly trusted: readonly Buffer[] | undefined
  readonly context: TlsContext
  /** When the files were written last. */
  readonly stamps: string
}

/**
 * A listener's TLS, or that of the links to the nodes that have such a listener: one context, made anew when the stores that
 * stand behind it change.
 */
export class TlsEndpoint {
  readonly fixed: FixedSettings
  readonly #options: EndpointOptions
  #loaded: Loaded
  #visitor: { readonly loaded: Loaded; readonly context: TlsContext } | undefined

  /** @throws ConfigError */
  constructor(options: EndpointOptions, source: SettingsSource) {
    this.#options = options
    this.fixed = fixedSettings(source, options.listener, options.protocol)
    this.#loaded = this.#load(storeSettings(source, options.listener))
  }

  get listener(): string {
    return this.#options.listener
  }

  /** It belongs to a listener of this node. */
  get serves(): boolean {
    return this.#options.serves
  }

  get context(): TlsContext {
    return this.#loaded.context
  }

  /**
   * For those who come to nodes with such a listener in the name of somebody else: it shows no certificate, and trusts what this
   * node itself shows.
   */
  get visitorContext(): TlsContext {
    const { keys = [], trusted } = this.#loaded
    if (this.#visitor?.loaded !== this.#loaded) {
      const anchors = trusted?.map((der) => pemOf('CERTIFICATE', der)) ?? rootCertificates
      const own = keys.flatMap(({ chain }) => chain.map((der) => pemOf('CERTIFICATE', der)))
      const context = tlsContext({ keys: [], chains: [], trusted: [...anchors, ...own] }, this.fixed.rules)
      this.#visitor = { loaded: this.#loaded, context }
    }
    return this.#visitor.context
  }

  /** Whether these settings could take the place of those that count. @throws ConfigError */
  check(source: SettingsSource): void {
    this.#next(source)
  }

  /** True: there is another context now. @throws ConfigError, and all stays as it is */
  reload(source: SettingsSource): boolean {
    const next = this.#next(source)
    if (next !== undefined) this.#loaded = next
    return next !== undefined
  }

  #next(source: SettingsSource): Loaded | undefined {
    const now = this.#loaded
    const settings = storeSettings(source, this.listener)
    if (isSame(settings, now.settings) && this.#stamps(settings) === now.stamps) return undefined
    const next = this.#load(settings)
    if (now.keys === undefined && next.keys !== undefined) {
      throw new ConfigError('Cannot add SSL keystore to an existing listener for which no keystore was configured.')
    }
    if (now.keys !== undefined) {
      if (next.keys === undefined) {
        throw new ConfigError(
          'Cannot remove the SSL keystore from an existing listener for which a keystore was configured.',
        )
      }
      this.#compare(now.keys, next.keys)
    }
    if (now.trusted === undefined && next.trusted !== undefined) {
      throw new ConfigError('Cannot add SSL truststore to an existing listener for which no truststore was configured.')
    }
    return next
  }

  #load(settings: StoreSettings): Loaded {
    const { listener, serves, isInterBroker, disk } = this.#options
    const stamps = this.#stamps(settings)
    const keys = readKeys(settings, listener, disk)
    const trusted = readTrusted(settings, listener, disk)
    if (serves && keys === undefined) {
      throw new ConfigError(
        `Set ssl.keystore.location and ssl.keystore.password, or PEM in ssl.keystore.key, for the listener ${listener}: it has no certificate to show.`,
      )
    }
    if (serves && isInterBroker && keys !== undefined) checkTrust(listener, keys, trusted)
    return { settings, keys, trusted, stamps, context: this.#contextOf(keys, trusted) }
  }

  #contextOf(keys: readonly OwnKey[] | undefined, trusted: readonly Buffer[] | undefined): TlsContext {
    const own = onePerKind(keys ?? [])
    const identity = {
      keys: own.map(({ key }) => key.export({ format: 'pem', type: 'pkcs8' }).toString()),
      chains: own.map(({ chain }) => chain.map((der) => pemOf('CERTIFICATE', der)).join('')),
      ...(trusted && { trusted: trusted.map((der) => pemOf('CERTIFICATE', der)) }),
    }
    try {
      return tlsContext(identity, this.fixed.rules)
    } catch (error) {
      const { reason, message } = error as Error & { readonly reason?: string }
      throw new ConfigError(
        `Correct the key store or the ciphers of ${this.listener}: OpenSSL says ${reason ?? message}.`,
      )
    }
  }

  #stamps(settings: StoreSettings): string {
    const { disk } = this.#options
    return filesOf(settings)
      .map((path) => {
        const stat = disk.stat(resolve(path))
        return stat === undefined ? '-' : `${stat.modifiedMs}/${stat.size}`
      })
      .join(' ')
  }

  /** A node's certificate may be renewed; a node may not become another, unless that is allowed. */
  #compare(now: readonly OwnKey[], next: readonly OwnKey[]): void {
    const { allowsNameChanges, allowsAltNameChanges } = this.fixed
    if ((!allowsNameChanges || !allowsAltNameChanges) && now.length !== next.length) {
      throw new ConfigError(
        'Keystore entries do not match, ' +
          `existing store contains ${now.length} entries, new store contains ${next.length} entries`,
      )
    }
    for (const [at, before] of now.entries()) {
      const after = next[at]
      if (after === undefined) break
      if (!allowsNameChanges) compareNames(before, after)
      if (!allowsAltNameChanges) compareAltNames(before, after)
    }
  }
}

function filesOf(settings: StoreSettings): string[] {
  return [settings['ssl.keystore.location'], settings['ssl.truststore.location']].filter((path) => path !== null)
}

function isSame(a: StoreSettings, b: StoreSettings): boolean {
  return (Object.keys(a) as (keyof StoreSettings)[]).every((name) => a[name] === b[name])
}

/** OpenSSL keeps one key of a kind: the first of the store. */
function onePerKind(keys: readonly OwnKey[]): OwnKey[] {
  const kinds = new Map<string, OwnKey>()
  for (const own of keys) {
    const kind = own.key.asymmetricKeyType ?? ''
    if (!kinds.has(kind)) kinds.set(kind, own)
  }
  return [...kinds.values()]
}

function checkTrust(listener: string, keys: readonly OwnKey[], trusted: readonly Buffer[] | undefined): void {
  const anchors = trusted ?? rootCertificates.map((pem) => new X509Certificate(pem).raw)
  if (keys.some(({ chain }) => isVouchedFor(chain, anchors))) return
  throw new ConfigError(
    `Set ssl.truststore.location of ${listener} to a store that trusts the node's own certificate: brokers connect to each other by this listener.`,
  )
}

function ownCertificate({ chain }: OwnKey): Buffer {
  return chain[0] ?? Buffer.alloc(0)
}

function compareNames(before: OwnKey, after: OwnKey): void {
  const [was, is] = [subjectOf(ownCertificate(before)), subjectOf(ownCertificate(after))]
  if (isSameName(was, is)) return
  throw new ConfigError(
    'Keystore DistinguishedName does not match:  ' +
      `existing={alias=${before.alias}, DN=${was}}, new={alias=${after.alias}, DN=${is}}`,
  )
}

function compareAltNames(before: OwnKey, after: OwnKey): void {
  const namesOf = (own: OwnKey) =>
    (new X509Certificate(ownCertificate(own)).subjectAltName ?? '').split(', ').filter(Boolean)
  const [was, is] = [namesOf(before), namesOf(after)]
  if (was.every((name) => is.includes(name))) return
  throw new ConfigError(
    'Keystore SubjectAltNames do not match:  ' +
      `existing={alias=${before.alias}, SAN=[${was.join(', ')}]}, new={alias=${after.alias}, SAN=[${is.join(', ')}]}`,
  )
}
