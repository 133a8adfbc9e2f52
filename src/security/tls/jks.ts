import { createHash, timingSafeEqual } from 'node:crypto'
import { childOf, DerError, oidOf, readDer, toUtf16be } from './der.ts'
import { type KeyEntry, type Store, StoreError, type StorePasswords, type TrustedEntry } from './store.ts'

/** Java's own format of key stores, as keytool wrote it before PKCS#12 took its place. */

const MAGIC = 0xfeedfeed
const KEY_ENTRY = 1
const TRUSTED_ENTRY = 2
const DIGEST_BYTES = 20
const SALT_BYTES = 20
/** What Sun salted the digest of the whole file with. */
const WHITENER = Buffer.from('Mighty Aphrodite')
/** Java's protection of private keys, made for this format. */
const KEY_PROTECTOR = '1.3.6.1.4.1.42.2.17.1.1'

export function isJks(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32BE(0) === MAGIC
}

/** @throws StoreError */
export function readJks(bytes: Buffer, passwords: StorePasswords): Store {
  if (bytes.length < 12 + DIGEST_BYTES) throw new StoreError('malformed', 'it is cut off')
  if (passwords.store !== undefined) checkIntegrity(bytes, passwords.store)
  const cursor = new Cursor(bytes.subarray(0, bytes.length - DIGEST_BYTES))
  cursor.int32()
  const version = cursor.int32()
  if (version !== 1 && version !== 2) throw new StoreError('unsupported', `it is of version ${version}`)
  const keys: KeyEntry[] = []
  const trusted: TrustedEntry[] = []
  for (let left = cursor.int32(); left > 0; left--) {
    const tag = cursor.int32()
    const alias = cursor.text()
    cursor.skip(8)
    if (tag === KEY_ENTRY) {
      const protectedKey = cursor.block()
      const chain: Buffer[] = []
      for (let certificates = cursor.int32(); certificates > 0; certificates--) chain.push(cursor.certificate(version))
      keys.push({ alias, key: () => unprotect(protectedKey, passwords.key ?? passwords.store ?? ''), chain })
    } else if (tag === TRUSTED_ENTRY) {
      trusted.push({ alias, certificate: cursor.certificate(version) })
    } else {
      throw new StoreError('unsupported', `it has an entry of kind ${tag}`)
    }
  }
  return { keys, trusted }
}

function checkIntegrity(bytes: Buffer, password: string): void {
  const content = bytes.subarray(0, bytes.length - DIGEST_BYTES)
  const digest = createHash('sha1').update(toUtf16be(password)).update(WHITENER).update(content).digest()
  if (!timingSafeEqual(digest, bytes.subarray(bytes.length - DIGEST_BYTES))) {
    throw new StoreError('password', 'the password is wrong, or it is damaged')
  }
}

/** A stream of digests laid over the key. */
function unprotect(info: Buffer, password: string): Buffer {
  const { algorithm, sealed } = protectionOf(info)
  if (algorithm !== KEY_PROTECTOR) throw new StoreError('unsupported', `its key is protected by ${algorithm}`)
  if (sealed.length < SALT_BYTES + DIGEST_BYTES) throw new StoreError('malformed', 'its key is cut off')
  const secret = toUtf16be(password)
  const key = Buffer.from(sealed.subarray(SALT_BYTES, sealed.length - DIGEST_BYTES))
  let digest: Buffer = sealed.subarray(0, SALT_BYTES)
  for (let at = 0; at < key.length; at++) {
    if (at % DIGEST_BYTES === 0) digest = createHash('sha1').update(secret).update(digest).digest()
    key[at] = (key[at] ?? 0) ^ (digest[at % DIGEST_BYTES] ?? 0)
  }
  const check = createHash('sha1').update(secret).update(key).digest()
  if (!timingSafeEqual(check, sealed.subarray(sealed.length - DIGEST_BYTES))) {
    throw new StoreError('key-password', 'the password of its key is wrong')
  }
  return key
}

function protectionOf(info: Buffer): { readonly algorithm: string; readonly sealed: Buffer } {
  try {
    const whole = readDer(info)
    return { algorithm: oidOf(childOf(childOf(whole, 0), 0)), sealed: childOf(whole, 1).body }
  } catch (error) {
    if (error instanceof DerError) throw new StoreError('malformed', 'its key is no key')
    throw error
  }
}

class Cursor {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int32(): number {
    return this.#take(4).readInt32BE(0)
  }

  skip(count: number): void {
    this.#take(count)
  }

  block(): Buffer {
    return this.#take(this.int32())
  }

  text(): string {
    return this.#take(this.#take(2).readUInt16BE(0)).toString('utf8')
  }

  certificate(version: number): Buffer {
    if (version === 2 && this.text() !== 'X.509')
      throw new StoreError('unsupported', 'it has a certificate that is not X.509')
    return this.block()
  }

  #take(count: number): Buffer {
    const end = this.#at + count
    if (count < 0 || end > this.#bytes.length) throw new StoreError('malformed', 'it is cut off')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
