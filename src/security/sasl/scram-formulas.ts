import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { ScramType } from '../../metadata/scram/limits.ts'

export {
  MAX_SCRAM_ITERATIONS as MAX_ITERATIONS,
  MIN_SCRAM_ITERATIONS as MIN_ITERATIONS,
} from '../../metadata/scram/limits.ts'

/** RFC 5802 and 7677: the sums of SCRAM. Passwords are taken as they are, as Kafka takes them: no SASLprep. */

export type ScramMechanismName = 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

export interface ScramMechanismFacts {
  readonly name: ScramMechanismName
  /** In records and requests. */
  readonly type: number
  readonly hash: 'sha256' | 'sha512'
  readonly bytes: number
}

export const SCRAM_MECHANISMS: readonly ScramMechanismFacts[] = [
  { name: 'SCRAM-SHA-256', type: ScramType.SCRAM_SHA_256, hash: 'sha256', bytes: 32 },
  { name: 'SCRAM-SHA-512', type: ScramType.SCRAM_SHA_512, hash: 'sha512', bytes: 64 },
]

export const SHA_256 = SCRAM_MECHANISMS[0] as ScramMechanismFacts
export const SHA_512 = SCRAM_MECHANISMS[1] as ScramMechanismFacts

export function scramMechanism(name: string): ScramMechanismFacts | undefined {
  return SCRAM_MECHANISMS.find((mechanism) => mechanism.name === name)
}

export function scramMechanismOfType(type: number): ScramMechanismFacts | undefined {
  return SCRAM_MECHANISMS.find((mechanism) => mechanism.type === type)
}

export function hmac({ hash }: ScramMechanismFacts, key: Buffer, text: Buffer | string): Buffer {
  return createHmac(hash, key).update(text).digest()
}

/** Hi of the RFC. */
export function saltedPassword(mechanism: ScramMechanismFacts, password: string, salt: Buffer, rounds: number): Buffer {
  return pbkdf2Sync(Buffer.from(password), salt, rounds, mechanism.bytes, mechanism.hash)
}

export function clientKey(mechanism: ScramMechanismFacts, salted: Buffer): Buffer {
  return hmac(mechanism, salted, 'Client Key')
}

export function serverKey(mechanism: ScramMechanismFacts, salted: Buffer): Buffer {
  return hmac(mechanism, salted, 'Server Key')
}

export function storedKey({ hash }: ScramMechanismFacts, key: Buffer): Buffer {
  return createHash(hash).update(key).digest()
}

/** Of the same length. */
export function xor(a: Buffer, b: Buffer): Buffer {
  const result = Buffer.from(a)
  for (let at = 0; at < result.length; at++) result[at] = (a[at] ?? 0) ^ (b[at] ?? 0)
  return result
}

/** What a server keeps of a password: enough to check it, not to log in with it. */
export interface ScramCredential {
  readonly salt: Buffer
  readonly storedKey: Buffer
  readonly serverKey: Buffer
  readonly iterations: number
}

export function credentialOf(
  mechanism: ScramMechanismFacts,
  salted: Buffer,
  salt: Buffer,
  iterations: number,
): ScramCredential {
  return {
    salt,
    storedKey: storedKey(mechanism, clientKey(mechanism, salted)),
    serverKey: serverKey(mechanism, salted),
    iterations,
  }
}

const NONCE_BITS = 130
/** Bytes of chance that a nonce or a salt is made of. */
export const NONCE_BYTES = Math.ceil(NONCE_BITS / 8)

/** 130 bits in base 36, as Kafka writes nonces and salts. */
export function nonceOf(random: Buffer): string {
  const bits = BigInt(`0x${random.subarray(0, NONCE_BYTES).toString('hex')}`)
  return (bits >> BigInt(NONCE_BYTES * 8 - NONCE_BITS)).toString(36)
}
