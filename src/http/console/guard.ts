import { isIP } from 'node:net'
import { HttpError } from './errors.ts'

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

interface BrowserRequest {
  readonly headers: RequestHeaders
  readonly method: string
  /** `https` where it came by TLS. */
  readonly protocol: string
}

/**
 * Nothing that another site's page makes a browser do gets through: not under a name that leads here only because somebody's DNS
 * says so, and not from another origin, as the browser tells. Throws an `HttpError`.
 */
export function checkHost(headers: RequestHeaders, hosts: readonly string[]): void {
  const host = nameIn(textOf(headers.host) ?? '')
  if (host !== undefined && (isIP(host) !== 0 || LOCAL.has(host) || hosts.includes(host) || hosts.includes('*'))) return
  throw new HttpError(
    421,
    'UNKNOWN_HOST',
    `This console is not opened under the name ${JSON.stringify((host ?? '').slice(0, 100))}: use its address, or add the ` +
      'name to odradek.console.hosts.',
  )
}

export function checkOrigin({ headers, method, protocol }: BrowserRequest): void {
  const isChange = method !== 'GET' && method !== 'HEAD'
  const site = textOf(headers['sec-fetch-site'])
  const isOwn = site === 'same-origin' || (site === 'none' && !isChange)
  if (site !== undefined && !isOwn) throw crossSite()
  const origin = textOf(headers.origin)
  // Browsers send it with each request that may change something; without both headers it is no browser.
  if (origin !== undefined && !isSame(origin, textOf(headers.host), protocol)) throw crossSite()
}

const LOCAL: ReadonlySet<string> = new Set(['localhost'])

function crossSite(): HttpError {
  return new HttpError(403, 'CROSS_SITE', 'Pages of other sites may not ask this console.')
}

function isSame(origin: string, host: string | undefined, protocol: string): boolean {
  if (host === undefined) return false
  // Behind a proxy that speaks TLS the scheme is another.
  return origin === `https://${host}` || (protocol === 'http' && origin === `http://${host}`)
}

function nameIn(host: string): string | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/.exec(host.toLowerCase())
  return found?.[1] ?? found?.[2]?.replace(/\.$/, '')
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join() : header
}

/** Nothing is loaded from elsewhere, no code but the console's own runs, and no other page may show it. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
}

/**
 * Of the frame that runs people's filters (sandbox.html): its origin is its own and nobody's, it may evaluate what they write, and
 * reaches nothing.
 */
export const SANDBOX_POLICY =
  "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:; frame-ancestors 'self'"
