import { parse } from 'yaml'

/** A service as `docker compose` would run it, with everything resolved that this project's file uses. */
export interface Service {
  readonly name: string
  readonly hostname: string
  readonly environment: Readonly<Record<string, string>>
  readonly ports: readonly { readonly published: number; readonly target: number }[]
  readonly volumes: readonly { readonly source: string; readonly target: string }[]
  readonly command: readonly string[] | undefined
}

export interface ComposeFile {
  readonly services: readonly Service[]
  readonly volumes: readonly string[]
}

const KNOWN = new Set([
  'build',
  'image',
  'restart',
  'stop_grace_period',
  'hostname',
  'ports',
  'environment',
  'volumes',
  'command',
])

/** Reads a compose file; `variables` is what `${…}` in it means. Throws for what it would have to guess at. */
export function parseCompose(text: string, variables: Readonly<Record<string, string | undefined>> = {}): ComposeFile {
  const document = parse(text, { merge: true }) as Record<string, unknown>
  const resolved = interpolated(document, variables) as Record<string, unknown>
  const services = Object.entries(record(resolved.services)).map(([name, value]) => service(name, record(value)))
  const volumes = Object.keys(record(resolved.volumes ?? {}))
  for (const { name, volumes: used } of services) {
    const unknown = used.find(({ source }) => !volumes.includes(source))
    if (unknown) throw new Error(`${name} mounts the volume ${unknown.source}, which is not declared`)
  }
  return { services, volumes }
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('expected a mapping')
  return value as Record<string, unknown>
}

function interpolated(value: unknown, variables: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value === 'string') return interpolate(value, variables)
  if (Array.isArray(value)) return value.map((each) => interpolated(each, variables))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, interpolated(each, variables)]))
}

/** `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}`, and `$$` for a dollar. */
export function interpolate(text: string, variables: Readonly<Record<string, string | undefined>>): string {
  return text.replaceAll(
    /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?])([^}]*))?\})/g,
    (_all, dollar: string | undefined, bare: string, name: string, how: string | undefined, other: string) => {
      if (dollar !== undefined) return '$'
      const value = variables[bare ?? name]
      const counts = value !== undefined && !(how?.startsWith(':') && value === '')
      if (counts) return value
      if (how?.endsWith('?')) throw new Error(`${name} is not set: ${other}`)
      return how === undefined ? '' : other
    },
  )
}

function service(name: string, value: Record<string, unknown>): Service {
  const strange = Object.keys(value).filter((key) => !KNOWN.has(key))
  if (strange.length > 0) throw new Error(`this reader of compose files does not know ${strange.join(', ')} of ${name}`)
  return {
    name,
    hostname: String(value.hostname ?? name),
    environment: environment(value.environment ?? {}),
    ports: list(value.ports).map(port),
    volumes: list(value.volumes).map((text) => {
      const [source = '', target = ''] = text.split(':')
      return { source, target }
    }),
    command: value.command === undefined ? undefined : list(value.command),
  }
}

function list(value: unknown): string[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new Error('expected a list')
  return value.map(String)
}

function environment(value: unknown): Record<string, string> {
  if (Array.isArray(value)) {
    return Object.fromEntries(
      value.map((entry) => {
        const [key = '', ...rest] = String(entry).split('=')
        return [key, rest.join('=')]
      }),
    )
  }
  return Object.fromEntries(Object.entries(record(value)).map(([key, each]) => [key, String(each ?? '')]))
}

function port(text: string): { published: number; target: number } {
  const match = /^(?:[\d.]+:)?(\d+):(\d+)$/.exec(text)
  if (!match) throw new Error(`write the port ${text} as published:target`)
  return { published: Number(match[1]), target: Number(match[2]) }
}
