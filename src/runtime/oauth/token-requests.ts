import { createPrivateKey, randomUUID } from 'node:crypto'
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import type { Disk } from '../../io/ports.ts'
import { isObject, type JsonObject } from '../../security/sasl/oauth/json-web-token.ts'

/** What a token server is asked for a token with. */
export interface TokenRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Made anew for each request: what it holds may run out. */
export type TokenRequests = (nowMs: number) => Promise<TokenRequest>
/** A signed statement of who asks. */
export type Assertions = (nowMs: number) => Promise<string>

const FORM = {
  accept: 'application/json',
  'cache-control': 'no-cache',
  'content-type': 'application/x-www-form-urlencoded',
} as const

/** RFC 6749 4.4: the client shows its secret. */
export function secretRequests(clientId: string, secret: string, scope: string | undefined): TokenRequests {
  const basic = Buffer.from(`${clientId}:${secret}`).toString('base64')
  // Kafka sends the scope as it is configured.
  const body = `grant_type=client_credentials${scope === undefined ? '' : `&scope=${scope}`}`
  const request = { headers: { ...FORM, authorization: `Basic ${basic}` }, body }
  return async () => request
}

/** RFC 7523 2.2: the client signs who it is. */
export function assertedRequests(
  clientId: string | undefined,
  scope: string | undefined,
  assertions: Assertions,
): TokenRequests {
  return async (nowMs) => {
    const form = new URLSearchParams({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertions(nowMs),
      grant_type: 'client_credentials',
      ...(clientId !== undefined && { client_id: clientId }),
      ...(scope !== undefined && { scope }),
    })
    return { headers: FORM, body: form.toString() }
  }
}

/** RFC 7523 2.1: the assertion is the grant. */
export function bearerGrantRequests(scope: string | undefined, assertions: Assertions): TokenRequests {
  return async (nowMs) => {
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: await assertions(nowMs),
      ...(scope !== undefined && { scope }),
    })
    return { headers: FORM, body: form.toString() }
  }
}

type Files = Pick<Disk, 'readFile'>

/** Somebody else keeps the file up to date. */
export function assertionsFromFile(path: string, disk: Files): Assertions {
  return async () => (await disk.readFile(path)).toString('utf8').trim()
}

export interface AssertionSettings {
  readonly algorithm: 'RS256' | 'ES256'
  readonly keyFile: string
  readonly passphrase: string | undefined
  /** A JSON object with `header` and `payload`, beneath what is set below. */
  readonly templateFile: string | undefined
  /** `iss`, `sub`, `aud` as far as they are configured. */
  readonly claims: Readonly<Record<string, string>>
  readonly expirySeconds: number
  readonly notBeforeSeconds: number
  readonly includesId: boolean
}

/** Signed here, with the key in a file (PEM). */
export function signedAssertions(settings: AssertionSettings, disk: Files): Assertions {
  const { algorithm, keyFile, passphrase, templateFile, claims, expirySeconds, notBeforeSeconds } = settings
  return async (nowMs) => {
    const pem = await disk.readFile(keyFile)
    const key = createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) })
    const template = templateFile === undefined ? {} : templateOf(await disk.readFile(templateFile))
    const seconds = Math.floor(nowMs / 1000)
    const payload: JWTPayload = {
      ...template.payload,
      iat: seconds,
      exp: seconds + expirySeconds,
      nbf: seconds - notBeforeSeconds,
      ...(settings.includesId && { jti: randomUUID() }),
      ...claims,
    }
    const header: JWTHeaderParameters = { ...template.header, alg: algorithm, typ: 'JWT' }
    return new SignJWT(payload).setProtectedHeader(header).sign(key)
  }
}

function templateOf(bytes: Buffer): { readonly header?: JsonObject; readonly payload?: JsonObject } {
  const template: unknown = JSON.parse(bytes.toString('utf8'))
  if (!isObject(template)) throw new Error('the template of assertions is no object')
  const { header = {}, payload = {} } = template
  if (!isObject(header) || !isObject(payload))
    throw new Error('the template of assertions has parts that are no objects')
  return { header, payload }
}
