import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'

export interface SigningKey {
  readonly id: string
  readonly algorithm: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

export async function signingKey(id: string, algorithm = 'RS256'): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: id, alg: algorithm, use: 'sig' }
  return { id, algorithm, privateKey, jwk }
}

export const ISSUER = 'https://tokens.test'
export const AUDIENCE = 'kafka'

export interface TokenWishes {
  readonly claims?: JWTPayload
  readonly lifetimeSeconds?: number
  readonly key?: SigningKey
  readonly header?: Readonly<Record<string, unknown>>
}

/** What one request came with. */
export interface TokenCall {
  readonly path: string
  readonly authorization: string | undefined
  readonly form: URLSearchParams
}

/** PEM. */
export interface TlsIdentity {
  readonly key: string
  readonly cert: string
}

const CLIENTS: ReadonlyMap<string, string> = new Map([
  ['alice', 'alice-secret'],
  ['broker', 'broker-secret'],
])

/** A server that gives tokens to clients who know their secret, and publishes the keys that it signs them with. */
export class TokenServer implements AsyncDisposable {
  readonly calls: TokenCall[] = []
  /** Published, the signing one first. */
  keys: SigningKey[]
  lifetimeSeconds = 3600
  /** Instead of an answer. */
  misbehave: ((response: ServerResponse) => void) | undefined
  readonly #server: Server

  readonly #scheme: 'http' | 'https'

  private constructor(keys: SigningKey[], identity: TlsIdentity | undefined) {
    this.keys = keys
    this.#scheme = identity === undefined ? 'http' : 'https'
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response)
    this.#server = identity === undefined ? createServer(serve) : createSecureServer(identity, serve)
  }

  static start(...keys: SigningKey[]): Promise<TokenServer> {
    return TokenServer.#start(keys, undefined)
  }

  static startSecure(identity: TlsIdentity): Promise<TokenServer> {
    return TokenServer.#start([], identity)
  }

  static async #start(keys: SigningKey[], identity: TlsIdentity | undefined): Promise<TokenServer> {
    const server = new TokenServer(keys.length > 0 ? keys : [await signingKey('first')], identity)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get tokenUrl(): string {
    return `${this.url}/token`
  }

  get keysUrl(): string {
    return `${this.url}/keys`
  }

  countOf(path: string): number {
    return this.calls.filter((call) => call.path === path).length
  }

  async token(subject: string, { claims, lifetimeSeconds, key, header }: TokenWishes = {}): Promise<string> {
    const [current] = this.keys
    const signer = key ?? current
    if (signer === undefined) throw new Error('no key to sign with')
    const seconds = Math.floor(Date.now() / 1000)
    const exp = seconds + (lifetimeSeconds ?? this.lifetimeSeconds)
    const payload = { sub: subject, iss: ISSUER, aud: AUDIENCE, iat: seconds, exp, scope: 'kafka', ...claims }
    return new SignJWT(payload)
      .setProtectedHeader({ alg: signer.algorithm, kid: signer.id, ...header })
      .sign(signer.privateKey)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += chunk
    const path = request.url ?? ''
    const { authorization } = request.headers
    this.calls.push({ path, authorization, form: new URLSearchParams(body) })
    if (this.misbehave !== undefined) this.misbehave(response)
    else if (path === '/keys') say(response, 200, { keys: this.keys.map(({ jwk }) => jwk) })
    else await this.#giveToken(authorization, new URLSearchParams(body), response)
  }

  async #giveToken(authorization: string | undefined, form: URLSearchParams, response: ServerResponse): Promise<void> {
    const [id = '', secret] = Buffer.from((authorization ?? '').replace('Basic ', ''), 'base64')
      .toString()
      .split(':')
    if (form.get('grant_type') !== 'client_credentials' || CLIENTS.get(id) !== secret || secret === undefined) {
      say(response, 401, { error: 'invalid_client', error_description: `${id}:${secret} is wrong` })
      return
    }
    say(response, 200, { access_token: await this.token(id), token_type: 'Bearer', expires_in: this.lifetimeSeconds })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function say(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
