import type { Bytes } from '../../../http/console/api.ts'
import { wordsOf } from '../../kit/api.ts'
import { bytesOf, hasControls, hexDump, hexLine, integerOf, loose, utf8 } from './data.ts'
import { beginsAsJson, isJson, stringify } from './json.ts'
import { schemaOf } from './schemas.ts'

/** How bytes are to be read; `auto`: by what they look like. */
export type Format = 'auto' | 'json' | 'text' | 'number' | 'schema' | 'hex'

export const FORMATS: readonly { readonly value: Format; readonly title: string }[] = [
  { value: 'auto', title: 'Automatic' },
  { value: 'json', title: 'JSON' },
  { value: 'text', title: 'Text' },
  { value: 'schema', title: 'By its schema' },
  { value: 'number', title: 'Number' },
  { value: 'hex', title: 'Hex' },
]

export interface Decoded {
  readonly kind: 'null' | 'json' | 'text' | 'number' | 'binary'
  /** All of it: JSON is not indented yet, binary is hex. */
  readonly text: string
  /** `JSON`, `Avro, schema 12`. */
  readonly name: string
  /** Why it is not shown in the form that was asked for. */
  readonly problem?: string
}

const SCHEMA_NAME = { AVRO: 'Avro', JSON: 'JSON', PROTOBUF: 'Protobuf' } as const
const HEADER_BYTES = 5

/** The id of the schema that the registry's serializers put in front. */
export function schemaIdOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER_BYTES || bytes[0] !== 0) return undefined
  const id = new DataView(bytes.buffer, bytes.byteOffset).getInt32(1)
  return id > 0 ? id : undefined
}

export function decode(part: Bytes | null, format: Format, hasRegistry: boolean): Decoded {
  if (part === null) return { kind: 'null', text: '', name: 'null' }
  const bytes = bytesOf(part.base64)
  if (format === 'hex') return binary(bytes)
  if (format === 'number') return number(bytes, part) ?? binary(bytes, 'Numbers have 1, 2, 4 or 8 bytes.')
  if (format === 'text') return { kind: 'text', text: loose(bytes), name: 'Text' }
  if (format === 'schema')
    return bySchema(bytes, part.cut, true) ?? binary(bytes, 'It does not begin with the id of a schema.')
  if (format === 'json') return json(bytes, part.cut) ?? { ...plain(bytes, part), problem: 'It is no JSON.' }
  if (!hasRegistry) return json(bytes, part.cut) ?? plain(bytes, part)
  return bySchema(bytes, part.cut, false) ?? json(bytes, part.cut) ?? withReason(plain(bytes, part), bytes)
}

/** Bytes that look as if serialised, and whose schema is not to be had, are told from those that are just bytes. */
function withReason(decoded: Decoded, bytes: Uint8Array): Decoded {
  const id = decoded.kind === 'binary' ? schemaIdOf(bytes) : undefined
  const schema = id === undefined ? 'pending' : schemaOf(id)
  if (schema === 'pending' || !('problem' in schema)) return decoded
  return { ...decoded, problem: `It begins as what schema ${id} wrote would: ${schema.problem}` }
}

function json(bytes: Uint8Array, cut: boolean): Decoded | undefined {
  const text = utf8(bytes, cut)
  if (text === undefined) return undefined
  // A lone word or number in quotes or not is shown as it is.
  const fits = cut ? beginsAsJson(text) : beginsAsJson(text) && isJson(text)
  return fits ? { kind: 'json', text, name: 'JSON' } : undefined
}

function plain(bytes: Uint8Array, part: Bytes): Decoded {
  const text = utf8(bytes, part.cut)
  if (text === undefined) return binary(bytes)
  if (!hasControls(text)) return { kind: 'text', text, name: text === '' ? 'Empty' : 'Text' }
  return number(bytes, part) ?? (isMostlyText(text) ? { kind: 'text', text, name: 'Text' } : binary(bytes))
}

/** A few control characters, as terminals are sent them, make no text binary. */
function isMostlyText(text: string): boolean {
  const sample = text.slice(0, 2000)
  let odd = 0
  for (const character of sample) if (hasControls(character)) odd += 1
  return odd / sample.length < 0.1
}

function number(bytes: Uint8Array, { cut }: Bytes): Decoded | undefined {
  const value = cut ? undefined : integerOf(bytes)
  return value === undefined
    ? undefined
    : { kind: 'number', text: value.toString(), name: `Number of ${bytes.length * 8} bits` }
}

function binary(bytes: Uint8Array, problem?: string): Decoded {
  return { kind: 'binary', text: hexDump(bytes), name: 'Binary', ...(problem !== undefined && { problem }) }
}

function bySchema(bytes: Uint8Array, cut: boolean, isAsked: boolean): Decoded | undefined {
  const id = schemaIdOf(bytes)
  if (id === undefined) return undefined
  const schema = schemaOf(id)
  if (schema === 'pending') return { kind: 'text', text: '…', name: `Schema ${id}` }
  if ('problem' in schema) return isAsked ? binary(bytes, schema.problem) : undefined
  const name = `${SCHEMA_NAME[schema.type]}, schema ${id}`
  if (cut) return { ...binary(bytes, 'Only its first bytes are here: open it to decode it.'), name }
  try {
    const read = schema.read(bytes.subarray(HEADER_BYTES))
    return { kind: 'json', text: 'json' in read ? read.json : stringify(read.value), name }
  } catch (error) {
    return { ...binary(bytes, `It does not fit its schema: ${wordsOf(error)}.`), name }
  }
}

/** The beginning of it on one line. */
export function lineOf(decoded: Decoded, part: Bytes | null): string {
  return decoded.kind === 'binary' && part !== null ? hexLine(bytesOf(part.base64), 48) : decoded.text
}
