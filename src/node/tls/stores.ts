import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import { ConfigError } from '../../config/config-error.ts'
import type { BlockingDisk } from '../../io/ports.ts'
import { isJks, readJks } from '../../security/tls/jks.ts'
import { certificatesIn, privateKeyIn } from '../../security/tls/pem.ts'
import { isPkcs12, readPkcs12 } from '../../security/tls/pkcs12.ts'
import { type Store, StoreError, type StorePasswords } from '../../security/tls/store.ts'
import type { StoreSettings } from './settings.ts'

/** A key with its certificates, its own first. */
export interface OwnKey {
  readonly alias: string
  readonly key: KeyObject
  readonly chain: readonly Buffer[]
}

type Which = 'keystore' | 'truststore'

/** Where a store stands, for sentences: `of the listener SSL` is added by whoever knows it. */
interface Place {
  readonly which: Which
  readonly listener: string
  readonly path: string
}

/** The keys that the settings give; undefined where they name no key store. @throws ConfigError */
export function readKeys(settings: StoreSettings, listener: string, disk: BlockingDisk): readonly OwnKey[] | undefined {
  const type = settings['ssl.keystore.type']
  const path = settings['ssl.keystore.location']
  const password = settings['ssl.keystore.password']
  const key = settings['ssl.keystore.key']
  const chain = settings['ssl.keystore.certificate.chain']
  const fix = (sentence: string): never => {
    throw new ConfigError(`${sentence} (listener ${listener}).`)
  }
  if (key !== null) {
    if (type !== 'PEM') fix(`Set ssl.keystore.type to PEM: ssl.keystore.key can't be given for ${type}`)
    if (path !== null) fix('Set either ssl.keystore.location or ssl.keystore.key, not both')
    if (password !== null) fix('Take ssl.keystore.password out: PEM has only ssl.key.password')
    if (chain === null) return fix('Set ssl.keystore.certificate.chain: ssl.keystore.key is nothing without it')
    return pemKeys(key, chain, settings['ssl.key.password'], { which: 'keystore', listener, path: 'ssl.keystore.key' })
  }
  if (chain !== null) fix('Set ssl.keystore.key: ssl.keystore.certificate.chain is nothing without it')
  if (path === null) {
    if (password !== null) fix('Set ssl.keystore.location: there is a password and no store')
    return undefined
  }
  const place: Place = { which: 'keystore', listener, path }
  const bytes = fileOf(place, disk)
  if (type === 'PEM') {
    if (password !== null) fix('Take ssl.keystore.password out: PEM has only ssl.key.password')
    const text = bytes.toString('utf8')
    return pemKeys(text, text, settings['ssl.key.password'], place)
  }
  if (password === null) return fix('Set ssl.keystore.password: there is a key store and no password')
  const { keys } = storeOf(bytes, type, { store: password, key: settings['ssl.key.password'] ?? undefined }, place)
  const found = explained(place, () =>
    keys
      .filter(({ chain }) => chain.length > 0)
      .map(({ alias, key, chain }) => ({
        alias,
        key: createPrivateKey({ key: key(), format: 'der', type: 'pkcs8' }),
        chain,
      })),
  )
  if (found.length === 0) {
    throw new ConfigError(
      `Put a private key with its certificate into ${path}: it is the key store of ${listener}, and it has none.`,
    )
  }
  return found
}

/** Whom to trust; undefined where the settings name no trust store. @throws ConfigError */
export function readTrusted(settings: StoreSettings, listener: string, disk: BlockingDisk): Buffer[] | undefined {
  const type = settings['ssl.truststore.type']
  const path = settings['ssl.truststore.location']
  const password = settings['ssl.truststore.password']
  const certificates = settings['ssl.truststore.certificates']
  const fix = (sentence: string): never => {
    throw new ConfigError(`${sentence} (listener ${listener}).`)
  }
  if (certificates !== null) {
    if (type !== 'PEM') fix(`Set ssl.truststore.type to PEM: ssl.truststore.certificates can't be given for ${type}`)
    if (path !== null) fix('Set either ssl.truststore.location or ssl.truststore.certificates, not both')
    if (password !== null) fix('Take ssl.truststore.password out: PEM has none')
    const place: Place = { which: 'truststore', listener, path: 'ssl.truststore.certificates' }
    return explained(place, () => certificatesIn(certificates))
  }
  if (path === null) {
    if (password !== null) fix('Set ssl.truststore.location: there is a password and no store')
    return undefined
  }
  const place: Place = { which: 'truststore', listener, path }
  const bytes = fileOf(place, disk)
  if (type === 'PEM') {
    if (password !== null) fix('Take ssl.truststore.password out: PEM has none')
    return explained(place, () => certificatesIn(bytes.toString('utf8')))
  }
  const { keys, trusted } = storeOf(bytes, type, { store: password ?? undefined, key: undefined }, place)
  const own = keys.flatMap(({ chain }) => chain.slice(0, 1))
  const found = [...trusted.map(({ certificate }) => certificate), ...own]
  if (found.length === 0) {
    const hint = password === null ? ' that can be read without ssl.truststore.password' : ''
    throw new ConfigError(
      `Import a certificate (keytool -importcert) into ${path}: it is the trust store of ${listener}, and it has none${hint}.`,
    )
  }
  return found
}

function fileOf({ which, listener, path }: Place, disk: BlockingDisk): Buffer {
  let code: string | undefined
  try {
    const bytes = disk.readFile(resolve(path))
    if (bytes !== undefined) return bytes
    code = 'ENOENT'
  } catch (error) {
    code = (error as NodeJS.ErrnoException).code
  }
  throw new ConfigError(`Set ssl.${which}.location of ${listener} to a file that can be read: ${path} can't (${code}).`)
}

const TYPES: ReadonlySet<string> = new Set(['JKS', 'PKCS12'])

/** As Java 17: both kinds are read under either name. */
function storeOf(bytes: Buffer, type: string, passwords: StorePasswords, place: Place): Store {
  const { which, listener, path } = place
  if (!TYPES.has(type.toUpperCase())) {
    throw new ConfigError(`Set ssl.${which}.type of ${listener} to PEM, PKCS12 or JKS: ${type} can't be read here.`)
  }
  return explained(place, () => {
    if (isJks(bytes)) return readJks(bytes, passwords)
    if (isPkcs12(bytes)) return readPkcs12(bytes, passwords)
    throw new StoreError('malformed', path === '' ? 'it is empty' : 'it is neither JKS nor PKCS#12')
  })
}

function pemKeys(keyText: string, chainText: string, password: string | null, place: Place): OwnKey[] {
  return explained(place, () => {
    const { pem, isEncrypted } = privateKeyIn(keyText)
    if (isEncrypted && password === null) throw new StoreError('key-password', 'its key is encrypted')
    const chain = certificatesIn(chainText)
    return [{ alias: 'kafka', key: openedPem(pem, isEncrypted ? password : null), chain }]
  })
}

function openedPem(pem: string, passphrase: string | null): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase !== null && { passphrase }) })
  } catch {
    if (passphrase !== null) throw new StoreError('key-password', 'the password of its key is wrong')
    throw new StoreError('malformed', 'its private key is none')
  }
}

/** What went wrong with a store, as a sentence that says what to do. */
function explained<T>(place: Place, read: () => T): T {
  const { which, listener, path } = place
  try {
    return read()
  } catch (error) {
    if (error instanceof ConfigError) throw error
    if (!(error instanceof StoreError)) throw new ConfigError(`Correct ${path} of ${listener}: its key can't be used.`)
    switch (error.trouble) {
      case 'password':
        throw new ConfigError(`Correct ssl.${which}.password of ${listener} for ${path}: ${error.message}.`)
      case 'key-password':
        throw new ConfigError(`Correct ssl.key.password of ${listener} for ${path}: ${error.message}.`)
      case 'unsupported':
        throw new ConfigError(`Write ${path} of ${listener} anew, with keytool or openssl of today: ${error.message}.`)
      case 'malformed':
        throw new ConfigError(`Correct the ${which} ${path} of ${listener}: ${error.message}.`)
    }
  }
}

/** Whether the first of these certificates, or one that stands behind it, is trusted. */
export function isVouchedFor(chain: readonly Buffer[], trusted: readonly Buffer[]): boolean {
  const anchors = trusted.map((der) => new X509Certificate(der))
  return chain.some((der) => {
    const certificate = new X509Certificate(der)
    return anchors.some(
      (anchor) => anchor.raw.equals(der) || (certificate.checkIssued(anchor) && certificate.verify(anchor.publicKey)),
    )
  })
}
