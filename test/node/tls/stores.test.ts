import { createPublicKey, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { NodeDisk } from '../../../src/io/node-disk.ts'
import type { StoreSettings } from '../../../src/node/tls/settings.ts'
import { isVouchedFor, readKeys, readTrusted } from '../../../src/node/tls/stores.ts'
import { hasProgram, missing } from '../../support/available.ts'
import { Authority, STORE_PASSWORD } from '../../support/certificates.ts'

const noOpenssl = missing('openssl', hasProgram('openssl'))
const noKeytool = noOpenssl || missing('keytool', hasProgram('keytool'))

const NONE: StoreSettings = {
  'ssl.keystore.type': 'JKS',
  'ssl.keystore.location': null,
  'ssl.keystore.password': null,
  'ssl.key.password': null,
  'ssl.keystore.key': null,
  'ssl.keystore.certificate.chain': null,
  'ssl.truststore.type': 'JKS',
  'ssl.truststore.location': null,
  'ssl.truststore.password': null,
  'ssl.truststore.certificates': null,
}
const { blocking } = new NodeDisk()
const keysOf = (settings: Partial<StoreSettings>) => readKeys({ ...NONE, ...settings }, 'SSL', blocking)
const trustedOf = (settings: Partial<StoreSettings>) => readTrusted({ ...NONE, ...settings }, 'SSL', blocking)
const stored = (path: string, type = 'JKS'): Partial<StoreSettings> => ({
  'ssl.keystore.type': type,
  'ssl.keystore.location': path,
  'ssl.keystore.password': STORE_PASSWORD,
})
const trusting = (path: string, type = 'JKS'): Partial<StoreSettings> => ({
  'ssl.truststore.type': type,
  'ssl.truststore.location': path,
  'ssl.truststore.password': STORE_PASSWORD,
})

describe.skipIf(noOpenssl)('key stores', () => {
  const authority = new Authority()
  const node = authority.issue('node')
  const rsa = authority.issue('rsa', { keyType: 'rsa' })
  afterAll(() => authority[Symbol.dispose]())

  /** One key that belongs to its certificate, which the authority stands behind. */
  function expectKey(settings: Partial<StoreSettings>, issued = node): void {
    const [own, ...others] = keysOf(settings) ?? []
    expect(others).toEqual([])
    const certificate = new X509Certificate(readFileSync(issued.certificate))
    expect(own?.chain[0]?.equals(certificate.raw)).toBe(true)
    const derived = own && createPublicKey(own.key.export({ format: 'pem', type: 'pkcs8' }))
    expect(derived?.equals(certificate.publicKey)).toBe(true)
    expect(isVouchedFor(own?.chain ?? [], [new X509Certificate(authority.pem).raw])).toBe(true)
    expect(own?.chain.length).toBe(2)
  }

  test('there is none', () => {
    expect(keysOf({})).toBeUndefined()
    expect(trustedOf({})).toBeUndefined()
  })

  test.each([
    ['as openssl writes it', []],
    ['with the encryption of old times', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
    ['with AES-128 and another digest', ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-192-CBC', '-macalg', 'sha512']],
    ['without encryption', ['-keypbe', 'NONE', '-certpbe', 'NONE']],
    ['without a checksum', ['-nomac']],
    ['with RC2', ['-legacy', '-certpbe', 'PBE-SHA1-RC2-40', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
    ['with RC2 of 128 bits', ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128', '-keypbe', 'PBE-SHA1-RC2-128']],
  ])('PKCS#12 %s', (_, options) => {
    expectKey(stored(authority.pkcs12(node, ...options), 'PKCS12'))
    expectKey(stored(authority.pkcs12(rsa, ...options)), rsa)
  })

  test('PEM: files, inline, in one line, encrypted', () => {
    const file = authority.file('both.pem', `# mine\n${node.keyPem}\nand\n${node.chainPem}`)
    expectKey({ 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': file })
    const inline = { 'ssl.keystore.type': 'PEM', 'ssl.keystore.certificate.chain': node.chainPem.replaceAll('\n', ' ') }
    expectKey({ ...inline, 'ssl.keystore.key': node.keyPem })
    expectKey({ ...inline, 'ssl.keystore.key': node.keyPem.replaceAll('\n', ' ') })
    for (const more of [
      [],
      ['-v1', 'PBE-SHA1-3DES'],
      ['-v2', 'aes-128-cbc', '-v2prf', 'hmacWithSHA512'],
      ['-scrypt'],
    ]) {
      const path = join(authority.dir, 'encrypted.pem')
      authority.openssl('pkcs8', '-topk8', '-in', node.key, '-out', path, '-passout', 'pass:key secret', ...more)
      const key = readFileSync(path, 'utf8')
      expectKey({ ...inline, 'ssl.keystore.key': key, 'ssl.key.password': 'key secret' })
      const wrong = { ...inline, 'ssl.keystore.key': key, 'ssl.key.password': 'other' }
      expect(() => keysOf(wrong)).toThrow(/^Correct ssl.key.password of SSL/)
      expect(() => keysOf({ ...inline, 'ssl.keystore.key': key })).toThrow(/its key is encrypted/)
    }
  })

  test('are refused with a sentence that says what to do', () => {
    const p12 = authority.pkcs12(node)
    const only = authority.file('only.pem', node.chainPem)
    const empty = authority.file('empty', '')
    const bytes = readFileSync(p12)
    const cut = authority.file('cut.p12', bytes.subarray(0, 300))
    expect(() => keysOf({ ...stored(p12), 'ssl.keystore.password': 'wrong' })).toThrow(
      `Correct ssl.keystore.password of SSL for ${p12}: the password is wrong, or it is damaged.`,
    )
    expect(() => keysOf(stored('/nowhere/x'))).toThrow(
      "Set ssl.keystore.location of SSL to a file that can be read: /nowhere/x can't (ENOENT).",
    )
    expect(() => keysOf({ ...stored(p12), 'ssl.keystore.password': null })).toThrow(/^Set ssl.keystore.password/)
    expect(() => keysOf(stored(p12, 'BKS'))).toThrow(/^Set ssl.keystore.type of SSL to PEM, PKCS12 or JKS/)
    expect(() => keysOf(stored(empty))).toThrow(/neither JKS nor PKCS#12/)
    expect(() => keysOf(stored(cut))).toThrow(/^Correct the keystore .*longer/)
    expect(() => keysOf({ 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': only })).toThrow(/no private key/)
    expect(() => keysOf({ 'ssl.keystore.key': node.keyPem })).toThrow(/^Set ssl.keystore.type to PEM/)
    expect(() => keysOf({ 'ssl.keystore.certificate.chain': 'x' })).toThrow(/^Set ssl.keystore.key/)
    expect(() => trustedOf({ ...trusting(p12), 'ssl.truststore.password': 'wrong' })).toThrow(
      /^Correct ssl.truststore.p/,
    )
    expect(() => trustedOf({ 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': empty })).toThrow(
      /no certificate/,
    )
    for (const error of [p12, cut].flatMap((path) => refusals(stored(path))))
      expect(error).not.toContain(STORE_PASSWORD)
  })

  function refusals(settings: Partial<StoreSettings>): string[] {
    try {
      keysOf({ ...settings, 'ssl.key.password': 'not it' })
      return []
    } catch (error) {
      return [String(error)]
    }
  }

  test('damage anywhere is a sentence, never a crash', () => {
    const whole = readFileSync(authority.pkcs12(node, '-nomac'))
    const path = join(authority.dir, 'damaged')
    for (let at = 0; at < whole.length; at += 7) {
      const bytes = Buffer.from(whole)
      bytes[at] = (bytes[at] ?? 0) ^ 0x15
      writeFileSync(path, bytes)
      try {
        keysOf(stored(path))
      } catch (error) {
        expect(String(error)).toMatch(/^ConfigError: (Correct|Write|Put) /)
      }
    }
  })

  describe.skipIf(noKeytool)('of keytool', () => {
    test.each(['JKS', 'PKCS12'])('%s: its own key, imported keys, another key password', (type) => {
      const path = join(authority.dir, `own-${type}`)
      const pair = ['-genkeypair', '-keyalg', 'EC', '-dname', 'CN=own,O=Ünïcode', '-alias', 'own', '-validity', '3650']
      authority.keytool(...pair, '-keystore', path, '-storetype', type)
      const own = keysOf(stored(path, type))
      expect(own?.map(({ alias }) => alias)).toEqual(['own'])
      const converted = join(authority.dir, `converted-${type}`)
      const from = ['-srckeystore', authority.pkcs12(node), '-srcstoretype', 'PKCS12', '-srcstorepass', STORE_PASSWORD]
      const to = ['-destkeystore', converted, '-deststoretype', type]
      authority.keytool('-importkeystore', ...from, ...to, '-deststorepass', STORE_PASSWORD)
      expectKey(stored(converted, type))
      expectKey(stored(converted))
      if (type !== 'JKS') return
      authority.keytool('-keypasswd', '-alias', 'node', '-keystore', converted, '-new', 'key-secret')
      expectKey({ ...stored(converted), 'ssl.key.password': 'key-secret' })
      expect(() => keysOf(stored(converted))).toThrow(/^Correct ssl.key.password/)
      expect(() => keysOf({ ...stored(converted), 'ssl.keystore.password': 'x' })).toThrow(/^Correct ssl.keystore.p/)
    })

    test.each(['JKS', 'PKCS12'] as const)('%s trust stores: with and without password, and empty ones', (type) => {
      const path = authority.trustStore(type)
      const ca = new X509Certificate(authority.pem).raw
      expect(trustedOf(trusting(path, type))).toEqual([ca])
      const open = { ...trusting(path, type), 'ssl.truststore.password': null }
      if (type === 'JKS') expect(trustedOf(open)).toEqual([ca])
      else expect(() => trustedOf(open)).toThrow(/without ssl.truststore.password/)
      authority.keytool('-delete', '-alias', 'ca', '-keystore', path)
      expect(() => trustedOf(trusting(path, type))).toThrow(/^Import a certificate/)
      expect(() => keysOf(stored(path, type))).toThrow(/^Put a private key with its certificate/)
    })

    test('a key in a trust store makes its certificate trusted, and certificates that nobody marked are not', () => {
      const own = new X509Certificate(readFileSync(node.certificate)).raw
      expect(trustedOf(trusting(authority.pkcs12(node)))).toEqual([own])
      const path = join(authority.dir, 'unmarked.p12')
      authority.openssl(
        'pkcs12',
        '-export',
        '-nokeys',
        '-in',
        authority.path,
        '-passout',
        `pass:${STORE_PASSWORD}`,
        '-out',
        path,
      )
      expect(() => trustedOf(trusting(path))).toThrow(/^Import a certificate/)
    })
  })
})
