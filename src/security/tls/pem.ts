import { X509Certificate } from 'node:crypto'
import { StoreError } from './store.ts'

/** Blocks of a kind, in their order; what stands between them does not count, as with Kafka. */
function blocks(text: string, kind: string): { readonly label: string; readonly whole: string }[] {
  const block = new RegExp(`-+BEGIN ([^-\\n]*?${kind})-+[\\s\\S]*?-+END \\1-+`, 'g')
  return [...oneLine(text).matchAll(block)].map(([whole, label = '']) => ({ label, whole }))
}

/** In a properties file line ends are often written as blanks: what is between the borders may be broken anywhere. */
function oneLine(text: string): string {
  return text.replace(/(-+BEGIN [^-]+-+)([^-]*)(-+END [^-]+-+)/g, (_all, begin: string, body: string, end: string) => {
    const hasHeaders = body.includes(':')
    return `${begin}\n${hasHeaders ? body.trim() : body.trim().replace(/\s+/g, '\n')}\n${end}`
  })
}

/** DER of each certificate. @throws StoreError */
export function certificatesIn(text: string): Buffer[] {
  const found = blocks(text, 'CERTIFICATE')
  if (found.length === 0) throw new StoreError('malformed', 'it has no certificate')
  return found.map(({ whole }) => {
    try {
      return new X509Certificate(whole).raw
    } catch {
      throw new StoreError('malformed', 'one of its certificates is none')
    }
  })
}

/** The one private key, as it is written. @throws StoreError */
export function privateKeyIn(text: string): { readonly pem: string; readonly isEncrypted: boolean } {
  const found = blocks(text, 'PRIVATE KEY')
  if (found.length === 0) throw new StoreError('malformed', 'it has no private key')
  const [only] = found
  if (only === undefined || found.length > 1) throw new StoreError('malformed', `it has ${found.length} private keys`)
  return { pem: only.whole, isEncrypted: only.label.startsWith('ENCRYPTED') || only.whole.includes('ENCRYPTED') }
}

export function pemOf(label: 'CERTIFICATE' | 'PRIVATE KEY', der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
