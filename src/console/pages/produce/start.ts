import type { Bytes, Message } from '../../../http/console/api.ts'
import { bytesOf, hasControls, utf8 } from '../messages/data.ts'

/** How what is typed becomes bytes. */
export type Writing = 'none' | 'text' | 'json' | 'base64' | 'hex' | 'schema'

export interface Written {
  readonly as: Writing
  readonly text: string
  /** Whose latest schema writes it, where it is written by one. */
  readonly subject?: string
  /** Which message of that schema, where it has several; not given: the first. */
  readonly message?: string
}

/** What the form begins with; `{}` is an empty one. */
export interface ProduceStart {
  readonly partition?: number
  readonly key?: Written
  readonly value?: Written
  readonly headers?: readonly { readonly key: string; readonly value: Written }[]
}

function written(part: Bytes | null): Written {
  if (part === null) return { as: 'none', text: '' }
  const text = utf8(bytesOf(part.base64), false)
  // A field of text would change what has controls, and lines that end as Windows has them.
  if (text === undefined || hasControls(text) || text.includes('\r')) return { as: 'base64', text: part.base64 }
  return { as: 'text', text }
}

/** To produce a message again, as it was. */
export function startOf({ key, value, headers }: Message): ProduceStart {
  return {
    key: written(key),
    value: written(value),
    headers: headers.map((header) => ({ key: header.key, value: written(header.value) })),
  }
}
