import { ConfigError } from './config-error.ts'
import type { HostAndPort } from './listeners.ts'

export interface HttpListener extends HostAndPort {
  readonly isTls: boolean
  /** Nobody asked for it: the node goes on without it where another program has the port. */
  readonly isOptional: boolean
}

export type Given = ReadonlyMap<string, { readonly text: string }>

const LISTENER = /^(?<scheme>https?):\/\/(?<host>\[[0-9a-fA-F:.]+\]|[^\s:/[\]]*):(?<port>\d{1,5})\/?$/

/**
 * What the config `name` says: `http://host:port` and `https://host:port`, separated by commas; without a host it is every
 * address. `builtIn` is for nodes that were told nothing of it. Throws a `ConfigError`.
 */
export function httpListeners(
  name: string,
  given: Given,
  builtIn: ReadonlyMap<string, string> = new Map(),
): HttpListener[] {
  const told = given.get(name)?.text
  const isOptional = told === undefined
  const text = (told ?? builtIn.get(name) ?? '').trim()
  return text === '' ? [] : text.split(/\s*,\s*/).map((each) => ({ ...parseListener(name, each), isOptional }))
}

function parseListener(name: string, text: string): Omit<HttpListener, 'isOptional'> {
  const { scheme, host, port } = LISTENER.exec(text)?.groups ?? {}
  if (host === undefined || Number(port) > 65_535) {
    throw new ConfigError(
      `Write ${name} as http://host:port or https://host:port, as in http://localhost:8080: not ${text}.`,
    )
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port), isTls: scheme === 'https' }
}
