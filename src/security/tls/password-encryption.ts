import { createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto'
import { childOf, childrenOf, type Der, integerOf, oidOf, Tag, toUtf16be } from './der.ts'
import { decryptRc2 } from './rc2.ts'
import { StoreError } from './store.ts'

const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'
/** Somebody's typing mistake must not stop the node for hours. */
const MOST_ITERATIONS = 20_000_000

const DIGESTS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

const CIPHERS: Readonly<Record<string, readonly [string, number]>> = {
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32],
  '1.2.840.113549.3.7': ['des-ede3-cbc', 24],
}

/** Of PKCS#12's own; the number of effective bits is of RC2. */
const OLD_SCHEMES: Readonly<Record<string, { readonly bytes: number; readonly rc2Bits?: number }>> = {
  '1.2.840.113549.1.12.1.3': { bytes: 24 },
  '1.2.840.113549.1.12.1.5': { bytes: 16, rc2Bits: 128 },
  '1.2.840.113549.1.12.1.6': { bytes: 5, rc2Bits: 40 },
}

/** The digest's name of an AlgorithmIdentifier. @throws StoreError where it is not known here */
export function digestOf(algorithm: Der): string {
  const oid = oidOf(childOf(algorithm, 0))
  const name = DIGESTS[oid]
  if (name === undefined) throw new StoreError('unsupported', `it uses the digest ${oid}`)
  return name
}

/** What a password hides (PKCS#5 v2, or PKCS#12's own way); undefined: the password is wrong. */
export function decryptWithPassword(algorithm: Der, sealed: Buffer, password: string): Buffer | undefined {
  const [scheme, parameters] = childrenOf(algorithm)
  if (scheme === undefined || parameters === undefined) throw new StoreError('malformed', 'its encryption is not told')
  const oid = oidOf(scheme)
  if (oid === PBES2) return decryptModern(parameters, sealed, password)
  const old = OLD_SCHEMES[oid]
  if (old === undefined) throw new StoreError('unsupported', `it is encrypted by ${oid}`)
  const salt = childOf(parameters, 0, Tag.OCTET_STRING).body
  const iterations = iterationsOf(childOf(parameters, 1))
  const key = pkcs12Key('sha1', password, salt, iterations, KEY_MATERIAL, old.bytes)
  const iv = pkcs12Key('sha1', password, salt, iterations, IV_MATERIAL, 8)
  if (old.rc2Bits !== undefined) return decryptRc2(key, old.rc2Bits, iv, sealed)
  return decipher('des-ede3-cbc', key, iv, sealed)
}

function decryptModern(parameters: Der, sealed: Buffer, password: string): Buffer | undefined {
  const derivation = childOf(parameters, 0)
  const encryption = childOf(parameters, 1)
  const kdf = oidOf(childOf(derivation, 0))
  if (kdf !== PBKDF2) throw new StoreError('unsupported', `it derives its key by ${kdf}`)
  const cipher = oidOf(childOf(encryption, 0))
  const [name, bytes] = CIPHERS[cipher] ?? []
  if (name === undefined || bytes === undefined) throw new StoreError('unsupported', `it is encrypted by ${cipher}`)
  const [salt, count, ...more] = childrenOf(childOf(derivation, 1))
  if (salt === undefined || count === undefined) throw new StoreError('malformed', 'its encryption is not told')
  const prf = more.find(({ tag }) => tag === Tag.SEQUENCE)
  const digest = prf === undefined ? 'sha1' : digestOf(prf)
  const key = pbkdf2Sync(Buffer.from(password, 'utf8'), salt.body, iterationsOf(count), bytes, digest)
  return decipher(name, key, childOf(encryption, 1, Tag.OCTET_STRING).body, sealed)
}

export function iterationsOf(count: Der): number {
  const iterations = integerOf(count)
  if (iterations < 1 || iterations > MOST_ITERATIONS) {
    throw new StoreError('unsupported', `it asks for ${iterations} iterations`)
  }
  return iterations
}

function decipher(name: string, key: Buffer, iv: Buffer, sealed: Buffer): Buffer | undefined {
  try {
    const opener = createDecipheriv(name, key, iv)
    return Buffer.concat([opener.update(sealed), opener.final()])
  } catch {
    return undefined
  }
}

const KEY_MATERIAL = 1
const IV_MATERIAL = 2
export const MAC_MATERIAL = 3

/** RFC 7292, appendix B. */
export function pkcs12Key(
  digest: string,
  password: string,
  salt: Buffer,
  iterations: number,
  material: number,
  bytes: number,
): Buffer {
  const block = digest === 'sha384' || digest === 'sha512' ? 128 : 64
  const secret = Buffer.concat([toUtf16be(password), Buffer.alloc(2)])
  const start = Buffer.alloc(block, material)
  const stretched = Buffer.concat([stretch(salt, block), stretch(secret, block)])
  const parts: Buffer[] = []
  for (let have = 0; have < bytes; ) {
    let part = createHash(digest).update(start).update(stretched).digest()
    for (let round = 1; round < iterations; round++) part = createHash(digest).update(part).digest()
    parts.push(part)
    have += part.length
    const addend = stretch(part, block)
    for (let at = 0; at < stretched.length; at += block) addInto(stretched, at, addend)
  }
  return Buffer.concat(parts).subarray(0, bytes)
}

/** Repeated up to a multiple of the block. */
function stretch(bytes: Buffer, block: number): Buffer {
  const length = block * Math.ceil(bytes.length / block)
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, bytes).subarray(0, length)
}

/** One block as a large number, plus another, plus one. */
function addInto(target: Buffer, at: number, addend: Buffer): void {
  let carry = 1
  for (let i = addend.length - 1; i >= 0; i--) {
    carry += (target[at + i] ?? 0) + (addend[i] ?? 0)
    target[at + i] = carry & 0xff
    carry >>= 8
  }
}
