import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

export interface StaticFile {
  readonly path: string
  readonly bytes: Buffer
  readonly type: string
  readonly etag: string
  /** Its name changes with what is in it. */
  readonly isImmutable: boolean
  readonly isSandbox: boolean
  compressed(encoding: 'br' | 'gzip'): Promise<Buffer>
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
}
const TEXT = /^text\/|json|svg|wasm/
const BROTLI_QUALITY = 9

const compressBrotli = promisify(brotliCompress)
const compressGzip = promisify(gzip)

/**
 * The files of a directory by the paths under which they are served, read once: whatever a request names is one of them or
 * nothing. Empty where there is no such directory.
 */
export function staticFiles(directory: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>()
  for (const entry of entriesOf(directory)) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const path = `/${relative(directory, file).split(sep).join('/')}`
    files.set(path, staticFile(path, readFileSync(file)))
  }
  return files
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
  } catch {
    return []
  }
}

function staticFile(path: string, bytes: Buffer): StaticFile {
  const type = TYPES[extname(path)] ?? 'application/octet-stream'
  const compressed = new Map<string, Promise<Buffer>>()
  return {
    path,
    bytes,
    type,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    isImmutable: path.startsWith('/assets/'),
    isSandbox: /sandbox[^/]*\.(?:m?js|html)$/.test(path),
    compressed: (encoding) => {
      const known = compressed.get(encoding) ?? compress(bytes, encoding)
      compressed.set(encoding, known)
      return known
    },
  }
}

function compress(bytes: Buffer, encoding: 'br' | 'gzip'): Promise<Buffer> {
  if (encoding === 'gzip') return compressGzip(bytes)
  return compressBrotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } })
}

const LEAST_TO_COMPRESS = 1024

/** Undefined: as it is. */
export function encodingFor(accepted: string | undefined, type: string, bytes: number): 'br' | 'gzip' | undefined {
  if (accepted === undefined || bytes < LEAST_TO_COMPRESS || !TEXT.test(type)) return undefined
  const takes = (name: string) =>
    accepted.split(',').some((part) => {
      const [coding, ...parameters] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/)
      return coding === name && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))
    })
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : undefined
}
