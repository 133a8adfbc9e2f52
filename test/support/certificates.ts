import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const STORE_PASSWORD = 'store-secret'

export interface Issued {
  /** Paths of PEM files. */
  readonly key: string
  readonly certificate: string
  readonly keyPem: string
  /** Its own first, its authority's behind it. */
  readonly chainPem: string
}

export interface IssueOptions {
  /** As openssl writes it: `/CN=kafka/O=x`. */
  readonly subject?: string
  readonly altNames?: string
  readonly keyType?: 'ec' | 'rsa'
}

/** A certificate authority of a test's own, and whom it vouches for, in a directory that goes with it. Made by openssl. */
export class Authority {
  readonly dir: string
  readonly path: string
  readonly pem: string
  #count = 0

  constructor(subject = '/CN=Test Authority') {
    this.dir = mkdtempSync(join(tmpdir(), 'odradek-tls-'))
    this.path = join(this.dir, 'ca.pem')
    this.openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650'],
      ...['-subj', subject, '-keyout', join(this.dir, 'ca.key'), '-out', this.path],
    )
    this.pem = readFileSync(this.path, 'utf8')
  }

  issue(name: string, options: IssueOptions = {}): Issued {
    const { subject = `/CN=${name}`, altNames = 'DNS:localhost,IP:127.0.0.1', keyType = 'ec' } = options
    const base = join(this.dir, `${name}-${this.#count++}`)
    const algorithm =
      keyType === 'ec' ? ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['-newkey', 'rsa:2048']
    this.openssl('req', ...algorithm, '-nodes', '-subj', subject, '-keyout', `${base}.key`, '-out', `${base}.csr`)
    writeFileSync(`${base}.ext`, `subjectAltName=${altNames}\nbasicConstraints=CA:FALSE\n`)
    this.openssl(
      ...['x509', '-req', '-in', `${base}.csr`, '-CA', this.path, '-CAkey', join(this.dir, 'ca.key')],
      ...['-CAcreateserial', '-days', '3650', '-extfile', `${base}.ext`, '-out', `${base}.crt`],
    )
    return {
      key: `${base}.key`,
      certificate: `${base}.crt`,
      keyPem: readFileSync(`${base}.key`, 'utf8'),
      chainPem: `${readFileSync(`${base}.crt`, 'utf8')}${this.pem}`,
    }
  }

  /** A PKCS#12 store with one key. */
  pkcs12(issued: Issued, ...more: readonly string[]): string {
    const path = join(this.dir, `${this.#count++}.p12`)
    this.openssl(
      ...[
        'pkcs12',
        '-export',
        '-inkey',
        issued.key,
        '-in',
        issued.certificate,
        '-certfile',
        this.path,
        '-name',
        'node',
      ],
      ...['-passout', `pass:${STORE_PASSWORD}`, '-out', path, ...more],
    )
    return path
  }

  /** A trust store with this authority, as keytool writes it. */
  trustStore(type: 'JKS' | 'PKCS12' = 'PKCS12'): string {
    const path = join(this.dir, `${this.#count++}.${type.toLowerCase()}`)
    this.keytool('-importcert', '-alias', 'ca', '-file', this.path, '-keystore', path, '-storetype', type)
    return path
  }

  keytool(...args: readonly string[]): void {
    execFileSync('keytool', [...args, '-storepass', STORE_PASSWORD, '-noprompt'], { stdio: 'pipe' })
  }

  openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: 'pipe' })
  }

  file(name: string, text: string | Buffer): string {
    const path = join(this.dir, name)
    writeFileSync(path, text)
    return path
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** Settings of a listener that shows a certificate and trusts an authority, all of it inline. */
export function pemSettings(authority: Pick<Authority, 'pem'>, issued: Issued): Record<string, string> {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': issued.keyPem,
    'ssl.keystore.certificate.chain': issued.chainPem,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': authority.pem,
  }
}
