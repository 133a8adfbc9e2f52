import { createHmac, timingSafeEqual } from 'node:crypto'
import { subjectAndIssuerOf } from './certificate.ts'
import { childOf, childrenOf, type Der, DerError, oidOf, readDer, Tag, utf16be } from './der.ts'
import { decryptWithPassword, digestOf, iterationsOf, MAC_MATERIAL, pkcs12Key } from './password-encryption.ts'
import { type KeyEntry, type Store, StoreError, type StorePasswords, type TrustedEntry } from './store.ts'

/** PKCS#12 (RFC 7292), as keytool and OpenSSL write it. */

const DATA = '1.2.840.113549.1.7.1'
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6'
const KEY_BAG = '1.2.840.113549.1.12.10.1.1'
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2'
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3'
const FRIENDLY_NAME = '1.2.840.113549.1.9.20'
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21'
const X509 = '1.2.840.113549.1.9.22.1'
/** Oracle's mark of certificates that are trusted by themselves, not only as a part of a chain. */
const TRUSTED_KEY_USAGE = '2.16.840.1.113894.746875.1.1'

interface Bag {
  readonly kind: string
  readonly value: Der
  readonly name: string | undefined
  readonly localKeyId: string | undefined
  readonly isTrusted: boolean
}

export function isPkcs12(bytes: Buffer): boolean {
  return bytes[0] === Tag.SEQUENCE
}

/** @throws StoreError */
export function readPkcs12(bytes: Buffer, passwords: StorePasswords): Store {
  try {
    const whole = readDer(bytes)
    const [, content, mac] = childrenOf(whole)
    if (content === undefined || oidOf(childOf(content, 0)) !== DATA) throw new DerError('it holds no data')
    const safe = childOf(childOf(content, 1, Tag.CONTEXT_0), 0, Tag.OCTET_STRING).body
    if (mac !== undefined && passwords.store !== undefined) checkMac(mac, safe, passwords.store)
    const bags = childrenOf(readDer(safe)).flatMap((info) => bagsOf(info, passwords.store))
    return storeOf(bags, passwords)
  } catch (error) {
    if (error instanceof DerError) throw new StoreError('malformed', error.message)
    throw error
  }
}

function checkMac(mac: Der, content: Buffer, password: string): void {
  const [info, salt, count] = childrenOf(mac)
  if (info === undefined || salt === undefined) throw new DerError('its checksum is cut off')
  const digest = digestOf(childOf(info, 0))
  const expected = childOf(info, 1, Tag.OCTET_STRING).body
  const iterations = count === undefined ? 1 : iterationsOf(count)
  const key = pkcs12Key(digest, password, salt.body, iterations, MAC_MATERIAL, expected.length)
  const actual = createHmac(digest, key).update(content).digest()
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    throw new StoreError('password', 'the password is wrong, or it is damaged')
  }
}

function bagsOf(info: Der, password: string | undefined): Bag[] {
  const kind = oidOf(childOf(info, 0))
  const content = childOf(childOf(info, 1, Tag.CONTEXT_0), 0)
  if (kind === DATA) return childrenOf(readDer(content.body)).map(bagOf)
  if (kind !== ENCRYPTED_DATA) throw new StoreError('unsupported', `it has a part of kind ${kind}`)
  // Java leaves out what is hidden from it.
  if (password === undefined) return []
  const encrypted = childOf(content, 1)
  const open = decryptWithPassword(childOf(encrypted, 1), childOf(encrypted, 2, Tag.PRIMITIVE_0).body, password)
  if (open === undefined) throw new StoreError('password', 'the password is wrong')
  return childrenOf(readDer(open)).map(bagOf)
}

function bagOf(der: Der): Bag {
  const [kind, value, attributes] = childrenOf(der)
  if (kind === undefined || value === undefined) throw new DerError('an entry is cut off')
  const found = new Map<string, Der | undefined>()
  for (const attribute of attributes === undefined ? [] : childrenOf(attributes)) {
    found.set(oidOf(childOf(attribute, 0)), childrenOf(childOf(attribute, 1, Tag.SET))[0])
  }
  const name = found.get(FRIENDLY_NAME)
  return {
    kind: oidOf(kind),
    value: childOf(value, 0),
    name: name && utf16be(name.body),
    localKeyId: found.get(LOCAL_KEY_ID)?.body.toString('hex'),
    isTrusted: found.has(TRUSTED_KEY_USAGE),
  }
}

function storeOf(bags: readonly Bag[], passwords: StorePasswords): Store {
  const certificates = bags
    .filter(({ kind }) => kind === CERTIFICATE_BAG)
    .map((bag) => ({ bag, der: certificateOf(bag) }))
  const keys: KeyEntry[] = []
  for (const bag of bags) {
    if (bag.kind !== KEY_BAG && bag.kind !== SHROUDED_KEY_BAG) continue
    const key = (): Buffer => keyOf(bag, passwords)
    const own =
      certificates.find((one) => bag.localKeyId !== undefined && one.bag.localKeyId === bag.localKeyId) ??
      certificates.find((one) => bag.name !== undefined && one.bag.name === bag.name)
    const chain =
      own === undefined
        ? []
        : chainFrom(
            own.der,
            certificates.map(({ der }) => der),
          )
    keys.push({ alias: bag.name ?? String(keys.length + 1), key, chain })
  }
  const trusted: TrustedEntry[] = certificates
    .filter(({ bag }) => bag.isTrusted)
    .map(({ bag, der }, at) => ({ alias: bag.name ?? String(at + 1), certificate: der }))
  return { keys, trusted }
}

function certificateOf({ value }: Bag): Buffer {
  if (oidOf(childOf(value, 0)) !== X509) throw new StoreError('unsupported', 'it has a certificate that is not X.509')
  return childOf(childOf(value, 1, Tag.CONTEXT_0), 0, Tag.OCTET_STRING).body
}

function keyOf({ kind, value }: Bag, { store, key }: StorePasswords): Buffer {
  if (kind === KEY_BAG) return value.whole
  const open = decryptWithPassword(childOf(value, 0), childOf(value, 1, Tag.OCTET_STRING).body, key ?? store ?? '')
  if (open === undefined || open[0] !== Tag.SEQUENCE) {
    throw new StoreError('key-password', 'the password of its key is wrong')
  }
  return open
}

/** The store has certificates in any order: who issued whom puts them into one. */
function chainFrom(own: Buffer, all: readonly Buffer[]): Buffer[] {
  const chain = [own]
  const names = new Map(all.map((der) => [subjectAndIssuerOf(der).subject.toString('latin1'), der]))
  for (let last = own; chain.length <= all.length; ) {
    const { subject, issuer } = subjectAndIssuerOf(last)
    const next = subject.equals(issuer) ? undefined : names.get(issuer.toString('latin1'))
    if (next === undefined || chain.includes(next)) break
    chain.push(next)
    last = next
  }
  return chain
}
