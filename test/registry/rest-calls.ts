/** What a registry answered. */
export interface Answer {
  readonly status: number
  readonly type: string | null
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any form is compared
  readonly body: any
}

export interface Asking {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is. */
  readonly raw?: string | Uint8Array<ArrayBuffer>
}

/** Asks a registry as any HTTP client would. */
export function asker(base: string) {
  return async (method: string, path: string, body?: unknown, { headers = {}, raw }: Asking = {}): Promise<Answer> => {
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { ...(sent !== undefined && { 'content-type': 'application/vnd.schemaregistry.v1+json' }), ...headers },
      ...(sent !== undefined && { body: sent }),
    })
    const text = await response.text()
    const type = response.headers.get('content-type')
    return { status: response.status, type, headers: response.headers, body: parsed(text) }
  }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

export const record = (...fields: readonly (readonly [name: string, type: string, otherwise?: unknown])[]): string =>
  JSON.stringify({
    type: 'record',
    name: 'R',
    fields: fields.map(([name, type, otherwise]) => ({
      name,
      type,
      ...(otherwise !== undefined && { default: otherwise }),
    })),
  })
