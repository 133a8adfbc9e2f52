import { call, wordsOf } from '../../kit/api.ts'
import { store } from '../../kit/store.ts'
import { utf8 } from './data.ts'

/** Schemas of the registry by id, each asked for once; records are decoded here, so the broker decodes none. */

export interface Schema {
  readonly type: 'AVRO' | 'JSON' | 'PROTOBUF'
  /** The value, or a text of JSON; throws where the bytes do not fit. */
  readonly read: (bytes: Uint8Array) => { readonly value: unknown } | { readonly json: string }
}

export type SchemaState = Schema | 'pending' | { readonly problem: string }

const known = new Map<number, SchemaState>()
const running = new Map<number, Promise<void>>()
const AGAIN_MS = 15_000

/** Changes whenever one more is known. */
export const schemasKnown = store(0)

/** What is known of it now; asks for it where nothing is. */
export function schemaOf(id: number): SchemaState {
  void loadSchema(id)
  return known.get(id) ?? 'pending'
}

/** Resolves when it is known, or known to be none. */
export function loadSchema(id: number): Promise<void> {
  const before = running.get(id)
  if (before !== undefined) return before
  const promise = load(id).then(
    (schema) => settle(id, schema),
    (error) => {
      settle(id, { problem: wordsOf(error) })
      // It may be registered later.
      setTimeout(() => running.delete(id), AGAIN_MS)
    },
  )
  running.set(id, promise)
  return promise
}

function settle(id: number, state: SchemaState): void {
  known.set(id, state)
  schemasKnown.set(schemasKnown.get() + 1)
}

async function load(id: number): Promise<Schema> {
  const { type, schema, references } = await call('GET /api/schema', { query: { id } })
  if (type === 'AVRO') {
    const { avroReader } = await import('./avro.ts')
    const read = avroReader(
      schema,
      references.map((reference) => reference.schema),
    )
    return { type, read: (bytes) => ({ value: read(bytes) }) }
  }
  if (type === 'PROTOBUF') {
    const { protobufReader } = await import('./protobuf.ts')
    const read = protobufReader(schema, references)
    return { type, read: (bytes) => ({ value: read(bytes) }) }
  }
  return {
    type,
    read: (bytes) => {
      const json = utf8(bytes, false)
      if (json === undefined) throw new Error('it is no UTF-8')
      JSON.parse(json)
      return { json }
    },
  }
}
