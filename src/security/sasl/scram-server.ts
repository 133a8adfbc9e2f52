import { timingSafeEqual } from 'node:crypto'
import type { SaslMechanism, SaslServer, SaslStep } from './mechanism.ts'
import {
  hmac,
  MIN_ITERATIONS,
  nonceOf,
  type ScramCredential,
  type ScramMechanismFacts,
  type ScramMechanismName,
  storedKey,
  xor,
} from './scram-formulas.ts'
import { type ClientFirst, parseClientFinal, parseClientFirst, serverFirst } from './scram-messages.ts'

/** A delegation token's credential, and whom it stands for (KIP-48). */
export interface TokenCredential {
  readonly credential: ScramCredential
  /** `User:name` */
  readonly owner: string
  readonly expiresAtMs: number
}

/** Where SCRAM looks users up. */
export interface ScramCredentials {
  ofUser(mechanism: ScramMechanismName, user: string): ScramCredential | undefined
  /** Left out: there are no delegation tokens. */
  ofToken?(mechanism: ScramMechanismName, tokenId: string): TokenCredential | undefined
}

/** `random` gives so many bytes that nobody can guess. */
export function scramMechanismOf(
  facts: ScramMechanismFacts,
  credentials: ScramCredentials,
  random: (bytes: number) => Buffer,
): SaslMechanism {
  return { name: facts.name, start: () => new ScramServer(facts, credentials, nonceOf(random(NONCE_ROOM))) }
}

const NONCE_ROOM = 17
/** Of the first message: the login is by a delegation token. */
const TOKEN_AUTH = 'tokenauth'
const LOGGED_NAME = 100

interface Awaited {
  readonly first: ClientFirst
  readonly serverFirst: string
  readonly nonce: string
  readonly credential: ScramCredential
  readonly principal: string
  readonly token: TokenCredential | undefined
}

/**
 * RFC 5802, the server's side: client-first → challenge, client-final → done. Whatever is wrong fails without a
 * sentence of its own, so that nobody learns whether a user exists from the words (Kafka's server behaves the same).
 */
export class ScramServer implements SaslServer {
  readonly mechanism: ScramMechanismName
  readonly #facts: ScramMechanismFacts
  readonly #credentials: ScramCredentials
  readonly #nonce: string
  #awaited: Awaited | undefined
  #isOver = false

  constructor(facts: ScramMechanismFacts, credentials: ScramCredentials, nonce: string) {
    this.mechanism = facts.name
    this.#facts = facts
    this.#credentials = credentials
    this.#nonce = nonce
  }

  step(token: Buffer): SaslStep {
    if (this.#isOver) return { kind: 'failed', detail: 'a message after the last' }
    const step = this.#awaited === undefined ? this.#begin(token) : this.#finish(token, this.#awaited)
    this.#isOver = step.kind !== 'challenge'
    return step
  }

  #begin(message: Buffer): SaslStep {
    const first = parseClientFirst(message)
    if (first === undefined) return { kind: 'failed', detail: 'the first message is not one of SCRAM' }
    const user = first.name.slice(0, LOGGED_NAME)
    const isToken = first.extensions.get(TOKEN_AUTH)?.toLowerCase() === 'true'
    const token = isToken ? this.#credentials.ofToken?.(this.mechanism, first.name) : undefined
    const credential = isToken ? token?.credential : this.#credentials.ofUser(this.mechanism, first.name)
    if (credential === undefined) {
      return { kind: 'failed', user, detail: isToken ? 'no such delegation token' : 'no such user of this mechanism' }
    }
    if (first.authorizationId !== '' && first.authorizationId !== first.name) {
      const message = 'Authentication failed: Client requested an authorization id that is different from username'
      return { kind: 'failed', message, user }
    }
    if (credential.iterations < MIN_ITERATIONS) return { kind: 'failed', user, detail: 'too few iterations' }
    const nonce = first.nonce + this.#nonce
    const answer = serverFirst(nonce, credential.salt, credential.iterations)
    const principal = token?.owner ?? `User:${first.name}`
    this.#awaited = { first, serverFirst: answer, nonce, credential, principal, token }
    return { kind: 'challenge', token: Buffer.from(answer) }
  }

  #finish(message: Buffer, { first, serverFirst, nonce, credential, principal, token }: Awaited): SaslStep {
    const user = first.name.slice(0, LOGGED_NAME)
    const final = parseClientFinal(message)
    if (final === undefined) return { kind: 'failed', user, detail: 'the final message is not one of SCRAM' }
    if (final.nonce !== nonce)
      return {
        kind: 'failed',
        user,
        detail: "a nonce that is not the exchange's (librdkafka before 2.6.1 sends such ones)",
      }
    // Kafka's server trips over it before it compares anything.
    if (final.proof.length !== this.#facts.bytes)
      return { kind: 'malformed', user, detail: 'a proof of a wrong length' }
    const said = `${first.bare},${serverFirst},${final.withoutProof}`
    if (!this.#proves(credential, said, final.proof)) return { kind: 'failed', user, detail: 'wrong password' }
    const signature = hmac(this.#facts, credential.serverKey, said)
    return {
      kind: 'done',
      token: Buffer.from(`v=${signature.toString('base64')}`),
      principal,
      ...(token !== undefined && { tokenAuthenticated: true, expiresAtMs: token.expiresAtMs }),
    }
  }

  #proves({ storedKey: expected }: ScramCredential, said: string, proof: Buffer): boolean {
    const signature = hmac(this.#facts, expected, said)
    if (proof.length !== signature.length) return false
    const found = storedKey(this.#facts, xor(signature, proof))
    return found.length === expected.length && timingSafeEqual(found, expected)
  }
}
