import { isUtf8 } from 'node:buffer'
import type { ReadRecord } from '../../client/fetch.ts'
import { printable } from '../terminal/table.ts'

export const FORMATS = ['text', 'full', 'json', 'hex'] as const
/** `text`: the value alone; `full`: with place, time, key and headers. */
export type Format = (typeof FORMATS)[number]

const HEX_WIDTH = 16

/** One record as it is printed, with its line end. */
export function formatter(format: Format): (record: ReadRecord) => string {
  // What a record holds must not steer a terminal; into a pipe it goes as it is.
  const safe = process.stdout.isTTY ? printable : (text: string) => text
  switch (format) {
    case 'text':
      return ({ value }) => `${value === null ? 'null' : safe(value.toString())}\n`
    case 'full':
      return (record) => `${full(record, safe)}\n`
    case 'json':
      return (record) => `${JSON.stringify(jsonOf(record))}\n`
    case 'hex':
      return (record) => `${head(record)}\n${hexOf('key', record.key)}${hexOf('value', record.value)}`
  }
}

function head({ partition, offset, timestamp }: ReadRecord): string {
  return `${partition}:${offset} ${timestamp < 0 ? '-' : new Date(timestamp).toISOString()}`
}

function full(record: ReadRecord, safe: (text: string) => string): string {
  const { key, value, headers } = record
  const text = (bytes: Buffer | null) => (bytes === null ? 'null' : safe(bytes.toString()))
  const told = headers.map((header) => `${safe(header.key)}=${text(header.value)}`).join(' ')
  return `${head(record)} ${text(key)}${told === '' ? '' : ` [${told}]`} ${text(value)}`
}

/** Bytes that are no text are `{"base64":"…"}`: `produce --format json` takes them back. */
export function jsonOf(record: ReadRecord) {
  const { topic, partition, offset, timestamp, timestampType, key, value, headers } = record
  return {
    topic,
    partition,
    offset,
    timestamp,
    timestampType,
    key: jsonText(key),
    value: jsonText(value),
    headers: Object.fromEntries(headers.map((header) => [header.key, jsonText(header.value)])),
  }
}

function jsonText(bytes: Buffer | null): string | null | { readonly base64: string } {
  if (bytes === null) return null
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') }
}

function hexOf(name: string, bytes: Buffer | null): string {
  if (bytes === null) return `  ${name}: null\n`
  let text = `  ${name}: ${bytes.length} bytes\n`
  for (let at = 0; at < bytes.length; at += HEX_WIDTH) {
    const row = bytes.subarray(at, at + HEX_WIDTH)
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const shown = row.toString('latin1').replace(/[^\x20-\x7e]/g, '.')
    text += `    ${at.toString(16).padStart(6, '0')}  ${hex.padEnd(HEX_WIDTH * 3)} ${shown}\n`
  }
  return text
}
