/** The messages of RFC 5802 as Kafka reads and writes them: gs2-header `n` only, ASCII only. */

const NAME = '(?:[\\x01-\\x2b\\x2d-\\x3c\\x3e-\\x7f]|=2C|=3D)+'
const VALUE = '[\\x01-\\x2b\\x2d-\\x7f]+'
const PRINTABLE = '[\\x21-\\x2b\\x2d-\\x7e]+'
const BASE64 = '(?:[a-zA-Z0-9/+]{4})*(?:[a-zA-Z0-9/+]{3}=|[a-zA-Z0-9/+]{2}==)?'
const EXTENSIONS = `(?:,[A-Za-z]+=${VALUE})*`

const CLIENT_FIRST = new RegExp(
  `^n,(?:a=(?<authzid>${NAME}))?,(?<bare>(?<reserved>m=${VALUE},)?n=(?<name>${NAME}),r=(?<nonce>${PRINTABLE})(?<extensions>${EXTENSIONS}))$`,
)
const SERVER_FIRST = new RegExp(
  `^(?<reserved>m=${VALUE},)?r=(?<nonce>${PRINTABLE}),s=(?<salt>${BASE64}),i=(?<iterations>[0-9]{1,9})${EXTENSIONS}$`,
)
const CLIENT_FINAL = new RegExp(
  `^(?<withoutProof>c=(?<channel>${BASE64}),r=(?<nonce>${PRINTABLE})${EXTENSIONS}),p=(?<proof>${BASE64})$`,
)
const SERVER_FINAL = new RegExp(
  `^(?:e=(?<error>[\\x01-\\x2b\\x2d-\\x3c\\x3e-\\x7f]+)|v=(?<signature>${BASE64}))${EXTENSIONS}$`,
)

/** Real ones have some hundred bytes; names and extensions without end are not looked through. */
const MAX_MESSAGE_BYTES = 16 * 1024

export interface ClientFirst {
  /** Empty: none. */
  readonly authorizationId: string
  /** As the user wrote it. */
  readonly name: string
  readonly nonce: string
  readonly extensions: ReadonlyMap<string, string>
  readonly bare: string
}

/** Undefined: it is none, or asks for what is not there. */
export function parseClientFirst(message: Buffer): ClientFirst | undefined {
  const groups = match(CLIENT_FIRST, message)
  // A reserved extension is one that must be understood.
  if (groups === undefined || groups.reserved !== undefined) return undefined
  const { authzid = '', name = '', nonce = '', bare = '', extensions = '' } = groups
  return { authorizationId: authzid, name: plainName(name), nonce, bare, extensions: extensionsOf(extensions) }
}

export interface ServerFirst {
  readonly nonce: string
  readonly salt: Buffer
  readonly iterations: number
  readonly text: string
}

export function parseServerFirst(message: Buffer): ServerFirst | undefined {
  const groups = match(SERVER_FIRST, message)
  if (groups === undefined || groups.reserved !== undefined) return undefined
  const { nonce = '', salt = '', iterations = '' } = groups
  return { nonce, salt: Buffer.from(salt, 'base64'), iterations: Number(iterations), text: message.toString('latin1') }
}

export interface ClientFinal {
  readonly nonce: string
  readonly proof: Buffer
  readonly withoutProof: string
}

export function parseClientFinal(message: Buffer): ClientFinal | undefined {
  const groups = match(CLIENT_FINAL, message)
  if (groups === undefined) return undefined
  const { nonce = '', proof = '', withoutProof = '' } = groups
  return { nonce, proof: Buffer.from(proof, 'base64'), withoutProof }
}

export type ServerFinal = { readonly error: string } | { readonly signature: Buffer }

export function parseServerFinal(message: Buffer): ServerFinal | undefined {
  const groups = match(SERVER_FINAL, message)
  if (groups === undefined) return undefined
  const { error, signature = '' } = groups
  return error === undefined ? { signature: Buffer.from(signature, 'base64') } : { error }
}

export function serverFirst(nonce: string, salt: Buffer, iterations: number): string {
  return `r=${nonce},s=${salt.toString('base64')},i=${iterations}`
}

export const GS2_HEADER = 'n,,'

export function clientFirstBare(user: string, nonce: string, extensions: ReadonlyMap<string, string>): string {
  const more = Array.from(extensions, ([key, value]) => `,${key}=${value}`).join('')
  return `n=${saslName(user)},r=${nonce}${more}`
}

export function clientFinalWithoutProof(nonce: string): string {
  return `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${nonce}`
}

function match(pattern: RegExp, message: Buffer): Partial<Record<string, string>> | undefined {
  if (message.length > MAX_MESSAGE_BYTES) return undefined
  return pattern.exec(message.toString('latin1'))?.groups
}

function saslName(user: string): string {
  return user.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

function plainName(name: string): string {
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

function extensionsOf(text: string): Map<string, string> {
  const entries = text.split(',').flatMap((entry): [string, string][] => {
    const equals = entry.indexOf('=')
    return equals < 0 ? [] : [[entry.slice(0, equals), entry.slice(equals + 1)]]
  })
  return new Map(entries)
}
