import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { RegistryError } from '../../registry/errors.ts'

/**
 * Browsers say that they are one. What they ask must come from a page of this very host, opened by its address or a name that is
 * really its own: whatever another site's page makes a browser send changes and tells nothing. Throws a `RegistryError`.
 */
export function checkBrowser(headers: IncomingHttpHeaders, hosts: readonly string[]): void {
  const { origin, host = '' } = headers
  const site = headers['sec-fetch-site']
  if (origin === undefined && site === undefined) return
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none'
  const isOwnOrigin = origin === undefined || origin === `http://${host}` || origin === `https://${host}`
  if (!isOwnSite || !isOwnOrigin || !isOwnName(host, hosts)) {
    throw new RegistryError(403, 'Pages of other sites may not ask this registry')
  }
}

function isOwnName(host: string, hosts: readonly string[]): boolean {
  const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/.exec(host.toLowerCase())
  const name = found?.[1] ?? found?.[2] ?? ''
  return isIP(name) !== 0 || name === 'localhost' || name === hostname().toLowerCase() || hosts.includes(name)
}

export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Undefined: there are none that make sense. */
export function basicCredentials(header: string | undefined): Credentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(header?.trim() ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const at = text.indexOf(':')
  return at < 1 ? undefined : { user: text.slice(0, at), password: text.slice(at + 1) }
}
