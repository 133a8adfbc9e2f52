import { timingSafeEqual } from 'node:crypto'
import { type SaslClient, SaslRefused } from './mechanism.ts'
import {
  clientKey,
  hmac,
  MIN_ITERATIONS,
  nonceOf,
  type ScramMechanismFacts,
  saltedPassword,
  serverKey,
  storedKey,
  xor,
} from './scram-formulas.ts'
import {
  clientFinalWithoutProof,
  clientFirstBare,
  GS2_HEADER,
  parseServerFinal,
  parseServerFirst,
} from './scram-messages.ts'

/** Of what a server may make this node reckon: far above what Kafka lets anybody set. */
const MOST_ITERATIONS = 200_000

/** Who logs in; the salted password is kept for the next login, because it takes thousands of rounds. */
export class ScramAccount {
  readonly user: string
  readonly #password: string
  #salted: { readonly salt: Buffer; readonly iterations: number; readonly value: Buffer } | undefined

  constructor(user: string, password: string) {
    this.user = user
    this.#password = password
  }

  salted(mechanism: ScramMechanismFacts, salt: Buffer, iterations: number): Buffer {
    if (this.#salted?.iterations === iterations && this.#salted.salt.equals(salt)) return this.#salted.value
    const value = saltedPassword(mechanism, this.#password, salt, iterations)
    this.#salted = { salt, iterations, value }
    return value
  }
}

export interface ScramClientOptions {
  readonly mechanism: ScramMechanismFacts
  readonly account: ScramAccount
  /** At least 17 bytes that nobody can guess. */
  readonly random: Buffer
  /** The user is a delegation token's id. */
  readonly isToken?: boolean
}

/** RFC 5802, the client's side. */
export class ScramClient implements SaslClient {
  readonly #options: ScramClientOptions
  readonly #nonce: string
  readonly #bare: string
  #signature: Buffer | undefined

  constructor(options: ScramClientOptions) {
    this.#options = options
    this.#nonce = nonceOf(options.random)
    const extensions = new Map(options.isToken ? [['tokenauth', 'true']] : [])
    this.#bare = clientFirstBare(options.account.user, this.#nonce, extensions)
  }

  first(): Buffer {
    return Buffer.from(`${GS2_HEADER}${this.#bare}`)
  }

  next(challenge: Buffer): Buffer | undefined {
    if (this.#signature !== undefined) {
      verify(challenge, this.#signature)
      return undefined
    }
    const { mechanism, account } = this.#options
    const server = parseServerFirst(challenge)
    if (server === undefined) throw new SaslRefused("the server's first message is not one of SCRAM")
    const { nonce, salt, iterations } = server
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw new SaslRefused("the server's nonce does not begin with this node's")
    }
    if (iterations < MIN_ITERATIONS || iterations > MOST_ITERATIONS) {
      throw new SaslRefused(`the server asks for ${iterations} iterations of ${mechanism.name}`)
    }
    const salted = account.salted(mechanism, salt, iterations)
    const key = clientKey(mechanism, salted)
    const withoutProof = clientFinalWithoutProof(nonce)
    const said = `${this.#bare},${server.text},${withoutProof}`
    const proof = xor(key, hmac(mechanism, storedKey(mechanism, key), said))
    this.#signature = hmac(mechanism, serverKey(mechanism, salted), said)
    return Buffer.from(`${withoutProof},p=${proof.toString('base64')}`)
  }
}

function verify(message: Buffer, expected: Buffer): void {
  const final = parseServerFinal(message)
  if (final === undefined) throw new SaslRefused("the server's final message is not one of SCRAM")
  if ('error' in final) throw new SaslRefused(`the server refuses: ${final.error}`)
  if (final.signature.length !== expected.length || !timingSafeEqual(final.signature, expected)) {
    throw new SaslRefused('the server does not know the password')
  }
}
