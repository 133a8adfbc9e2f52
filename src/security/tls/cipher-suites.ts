/** Cipher suites by Java's (IANA's) names, and as OpenSSL calls them. */

const KEY_EXCHANGE: Readonly<Record<string, string>> = {
  RSA: '',
  ECDHE_RSA: 'ECDHE-RSA-',
  ECDHE_ECDSA: 'ECDHE-ECDSA-',
  DHE_RSA: 'DHE-RSA-',
  DHE_DSS: 'DHE-DSS-',
}

const NAME = /^(?:TLS|SSL)_([A-Z_]+?)_WITH_([A-Z0-9_]+)$/
/** Of TLS 1.3: OpenSSL has the same names. */
const MODERN = /^TLS_(?:AES_(?:128|256)_(?:GCM|CCM|CCM_8)_SHA(?:256|384)|CHACHA20_POLY1305_SHA256)$/

/** Undefined: it has none. `known` are OpenSSL's names in lower case. */
export function opensslSuite(javaName: string, known: ReadonlySet<string>): string | undefined {
  const name = MODERN.test(javaName) ? javaName : olderName(javaName)
  return name !== undefined && known.has(name.toLowerCase()) ? name : undefined
}

function olderName(javaName: string): string | undefined {
  const [, exchange = '', cipher = ''] = NAME.exec(javaName) ?? []
  const prefix = KEY_EXCHANGE[exchange]
  if (prefix === undefined) return undefined
  if (cipher === 'CHACHA20_POLY1305_SHA256') return `${prefix}CHACHA20-POLY1305`
  const [, size, mode, digest] = /^AES_(128|256)_(CBC|GCM|CCM|CCM_8)(?:_(SHA|SHA256|SHA384))?$/.exec(cipher) ?? []
  if (size === undefined) return undefined
  const tail = digest === undefined ? '' : `-${digest}`
  if (mode === 'CBC') return digest === undefined ? undefined : `${prefix}AES${size}${tail}`
  return `${prefix}AES${size}-${(mode ?? '').replace('_', '')}${tail}`
}
