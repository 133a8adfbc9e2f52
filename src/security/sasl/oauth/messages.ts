/** What a client says at first (RFC 7628). */
export interface BearerMessage {
  readonly token: string
  /** Empty: whoever the token is about. */
  readonly authorizationId: string
  readonly extensions: ReadonlyMap<string, string>
}

const SEPARATOR = '\x01'
// biome-ignore lint/suspicious/noControlCharactersInRegex: names may hold whatever is in ASCII but `=` and `,`
const HEADER = /^n,(?:a=((?:[\x01-\x2b\x2d-\x3c\x3e-\x7f]|=2C|=3D)+))?,$/
const NAME = /^[A-Za-z]+$/
const VALUE = /^[\x21-\x7E \t\r\n]+$/
const AUTH = /^(\w+) +([-_~+/.a-zA-Z0-9]+=*)$/
const AUTH_KEY = 'auth'

/** What a client sends after it was told what is wrong. */
export const ACKNOWLEDGED = Buffer.of(1)

/** Undefined: the bytes are none. */
export function parseBearerMessage(bytes: Buffer): BearerMessage | undefined {
  const text = bytes.toString('utf8')
  const end = text.indexOf(`,${SEPARATOR}`)
  // A header, then pairs with a separator after each, then one more.
  if (end < 0 || !text.endsWith(SEPARATOR)) return undefined
  const header = HEADER.exec(text.slice(0, end + 1))
  const pairs = pairsOf(text.slice(end + 2, -1))
  const auth = AUTH.exec(pairs?.get(AUTH_KEY) ?? '')
  const [, scheme = '', token = ''] = auth ?? []
  if (header === null || pairs === undefined || scheme.toLowerCase() !== 'bearer') return undefined
  pairs.delete(AUTH_KEY)
  return { token, authorizationId: header[1] ?? '', extensions: pairs }
}

/** Each ends with a separator; the last of one name counts. */
function pairsOf(text: string): Map<string, string> | undefined {
  const pairs = new Map<string, string>()
  if (text === '') return pairs
  if (!text.endsWith(SEPARATOR)) return undefined
  for (const pair of text.slice(0, -1).split(SEPARATOR)) {
    const equals = pair.indexOf('=')
    const [name, value] = [pair.slice(0, Math.max(equals, 0)), pair.slice(equals + 1)]
    if (!NAME.test(name) || !VALUE.test(value)) return undefined
    pairs.set(name, value)
  }
  return pairs
}

export function bearerMessage({ token, authorizationId, extensions }: BearerMessage): Buffer {
  const id = authorizationId === '' ? '' : `a=${authorizationId}`
  const more = [...extensions].map(([name, value]) => `${SEPARATOR}${name}=${value}`).join('')
  return Buffer.from(`n,${id},${SEPARATOR}auth=Bearer ${token}${more}${SEPARATOR}${SEPARATOR}`)
}

/** What is wrong with extensions that were configured; undefined: nothing. */
export function extensionsProblem(extensions: ReadonlyMap<string, string>): string | undefined {
  for (const [name, value] of extensions) {
    if (name === AUTH_KEY || !NAME.test(name)) return `Extension name ${name} is invalid`
    if (!VALUE.test(value)) return `The value of the extension ${name} is invalid`
  }
  return undefined
}

/** Why a token is not taken. `scope`: it would have to hold it. */
export interface BearerRefusal {
  readonly status: 'invalid_token' | 'insufficient_scope'
  readonly scope?: string
}

/** As the server says it, and as the client is told in the end. */
export function refusalText({ status, scope }: BearerRefusal): string {
  const more = scope === undefined ? '' : `, "scope":"${scope}"`
  return `{"status":"${status}"${more}}`
}
