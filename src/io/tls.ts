import { isIP, type Socket } from 'node:net'
import { checkServerIdentity, connect, createSecureContext, getCiphers, type SecureContext, TLSSocket } from 'node:tls'
import type { NetSocket } from './ports.ts'

/** What a node shows of itself and whom it believes. Everything is PEM. */
export interface TlsIdentity {
  /** Private keys, not encrypted, at most one of a kind (RSA, EC…). None: this side shows no certificate. */
  readonly keys: readonly string[]
  /** One for each key, its own certificate first. */
  readonly chains: readonly string[]
  /** Whom it trusts; absent: whom the platform trusts. */
  readonly trusted?: readonly string[]
}

/** OpenSSL's names of cipher suites, in lower case. */
export function knownCiphers(): ReadonlySet<string> {
  return new Set(getCiphers())
}

export interface TlsRules {
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3'
  /** OpenSSL's names, joined by colons; absent: its own choice. */
  readonly ciphers?: string
}

export type ClientAuth = 'none' | 'requested' | 'required'

/** A context is made once and serves every connection until its certificates change. */
export type TlsContext = SecureContext

/** SSL_OP_NO_TICKET: every login is a whole one. SSL_OP_NO_RENEGOTIATION: as Kafka, nobody begins anew on an open connection. */
const OPTIONS = 0x4000 | 0x4000_0000

/** @throws where OpenSSL refuses the key, a certificate or the ciphers */
export function tlsContext({ keys, chains, trusted }: TlsIdentity, rules: TlsRules): TlsContext {
  const { minVersion, maxVersion, ciphers } = rules
  return createSecureContext({
    ...(keys.length > 0 && { key: [...keys], cert: [...chains] }),
    ...(trusted !== undefined && { ca: [...trusted] }),
    ...(ciphers !== undefined && { ciphers }),
    minVersion,
    maxVersion,
    honorCipherOrder: true,
    // As in Java, whatever is in a trust store is trusted, were it the certificate of a single client.
    allowPartialTrustChain: true,
    secureOptions: OPTIONS,
  })
}

export type HandshakeOutcome =
  | { readonly socket: NetSocket; readonly certificate: Buffer | undefined }
  /** `reason` is absent where the other side only went away. */
  | { readonly failure: { readonly reason?: string; readonly error?: Error } }

/** Secures connections that others made to this node. */
export interface ServerTls {
  /** `done` is called at most once: not after `socket` was destroyed by the caller. */
  accept(socket: NetSocket, done: (outcome: HandshakeOutcome) => void): void
}

/** Secures connections that this node made. */
export interface ClientTls {
  secure(socket: NetSocket, host: string, done: (outcome: HandshakeOutcome) => void): void
}

/** What Node keeps to itself: OpenSSL's verdict on a certificate. */
interface Verified {
  readonly ssl?: { verifyError?(): (Error & { readonly code?: string }) | null | undefined }
}

export function serverTls(context: () => TlsContext, clientAuth: () => ClientAuth): ServerTls {
  return {
    accept: (socket, done) => {
      const auth = clientAuth()
      const secured = new TLSSocket(socket as Socket, {
        isServer: true,
        secureContext: context(),
        requestCert: auth !== 'none',
        rejectUnauthorized: auth === 'required',
      })
      const once = onlyOnce(secured, done)
      secured.on('secure', () => {
        const certificate = secured.getPeerX509Certificate()
        const refusal = auth === 'none' ? undefined : complaintAbout(secured, auth, certificate !== undefined)
        if (refusal === undefined) once({ socket: secured, certificate: certificate?.raw })
        else once({ failure: { reason: `its certificate is not accepted: ${refusal}` } })
      })
    },
  }
}

function complaintAbout(socket: TLSSocket, auth: ClientAuth, hasCertificate: boolean): string | undefined {
  if (!hasCertificate) return auth === 'required' ? 'it has none' : undefined
  const { ssl } = socket as unknown as Verified
  // Nothing is accepted unseen.
  if (ssl?.verifyError === undefined) return 'it can not be verified'
  const error = ssl.verifyError()
  return error ? `${error.code ?? error.message}`.toLowerCase().replaceAll('_', ' ') : undefined
}

export function clientTls(context: () => TlsContext, verifiesHost: () => boolean): ClientTls {
  return {
    secure: (socket, host, done) => {
      const secured = connect({
        socket: socket as Socket,
        secureContext: context(),
        host,
        ...(isIP(host) === 0 && { servername: host }),
        checkServerIdentity: verifiesHost() ? checkServerIdentity : () => undefined,
      })
      const once = onlyOnce(secured, done)
      secured.on('secureConnect', () => once({ socket: secured, certificate: undefined }))
    },
  }
}

/** The first of what may happen; errors after it are for whoever has the socket then. */
function onlyOnce(socket: TLSSocket, done: (outcome: HandshakeOutcome) => void): typeof done {
  let isDone = false
  const once = (outcome: HandshakeOutcome): void => {
    if (isDone) return
    isDone = true
    if ('failure' in outcome) socket.destroy()
    done(outcome)
  }
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const reason = reasonOf(error)
    once({ failure: { error, ...(reason !== undefined && { reason }) } })
  })
  // Of a socket that was made over another, Node tells later errors of TLS only so.
  socket.on('_tlsError', (error: Error) => {
    if (isDone) socket.destroy(error)
  })
  socket.on('end', () => once({ failure: {} }))
  socket.on('close', () => once({ failure: {} }))
  return once
}

const NO_TLS = new Set(
  ['WRONG_VERSION_NUMBER', 'HTTP_REQUEST', 'HTTPS_PROXY_REQUEST', 'UNEXPECTED_MESSAGE', 'RECORD_LAYER_FAILURE']
    .concat(['PACKET_LENGTH_TOO_LONG', 'UNSUPPORTED_SSL_VERSION', 'UNKNOWN_PROTOCOL', 'LENGTH_TOO_SHORT'])
    .map((name) => `ERR_SSL_${name}`),
)

/** A sentence's end; undefined where the connection only broke. */
function reasonOf(error: NodeJS.ErrnoException & { readonly reason?: string }): string | undefined {
  const { code = '', reason, message } = error
  if (NO_TLS.has(code)) return 'what it sent is no TLS (does the client speak plaintext?)'
  if (code.startsWith('ERR_') || reason !== undefined) return reason ?? message
  return code === 'ECONNRESET' || code === 'EPIPE' ? undefined : message
}
