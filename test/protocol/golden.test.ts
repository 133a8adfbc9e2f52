import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ByteReader } from '../../src/base/bytes.ts'
import { APIS, type Api, requestHeaderVersion, responseHeaderVersion } from '../../src/protocol/apis.ts'
import { RequestHeader, ResponseHeader } from '../../src/protocol/messages/headers.ts'
import type { Message } from '../../src/protocol/schema.ts'
import * as stored from '../../src/protocol/stored/index.ts'
import { givenGolden, goldenDirectory } from '../support/golden.ts'
import { fromKafkaJson, parseExactly } from '../support/kafka-json.ts'

interface Vector {
  readonly version: number
  readonly case: string
  readonly hex: string
  readonly json: unknown
  readonly api?: string
  readonly key?: number
  readonly headerVersion?: number
  readonly header?: string
  readonly record?: string
  readonly framedHex?: string
}

type AnyMessage = Message<unknown, unknown>

function vectors(prefix: string): Vector[] {
  return readdirSync(goldenDirectory)
    .filter((file) => file.startsWith(prefix) && file.endsWith('.jsonl'))
    .sort()
    .flatMap((file) => readFileSync(join(goldenDirectory, file), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => (line.includes('"metadataHash"') ? parseExactly(line) : JSON.parse(line)) as Vector)
}

function check(message: AnyMessage, vector: Vector): void {
  const where = `${message.name} v${vector.version} ${vector.case}`
  const bytes = Buffer.from(vector.hex, 'hex')
  const reader = new ByteReader(bytes)
  const value = message.decode(reader, vector.version)
  expect(reader.remaining, where).toBe(0)
  const { value: expected, exact } = fromKafkaJson(message, vector.version, vector.json)
  expect(value, where).toEqual(expected)
  if (vector.case === 'unknown-tags' || !exact) return
  expect(message.toBuffer(value, vector.version).toString('hex'), where).toBe(vector.hex)
}

function byApi(prefix: string, pick: (api: Api) => AnyMessage, headerOf: (api: Api, version: number) => number) {
  const byName = new Map(APIS.map((api) => [api.name as string, api]))
  const all = Map.groupBy(vectors(prefix), (v) => v.api ?? '')
  it.skipIf(givenGolden !== undefined)('has vectors for every API', () => {
    expect([...all.keys()].sort()).toEqual([...byName.keys()].sort())
  })
  for (const [name, list] of all) {
    it(`${name}: ${list.length} vectors`, () => {
      const api = byName.get(name)
      if (!api) throw new Error(`no API ${name}`)
      for (const vector of list) {
        expect(api.key).toBe(vector.key)
        expect(headerOf(api, vector.version), `${name} header`).toBe(vector.headerVersion)
        check(pick(api), vector)
      }
      if (givenGolden !== undefined) return
      const versions = new Set(list.map((v) => v.version))
      for (let v = pick(api).versions.min; v <= pick(api).versions.max; v++) expect(versions).toContain(v)
    })
  }
}

describe('golden requests', () => byApi('requests', (api) => api.request, requestHeaderVersion))
describe('golden responses', () => byApi('responses', (api) => api.response, responseHeaderVersion))

describe('golden headers', () => {
  for (const vector of vectors('headers')) {
    it(`${vector.header} v${vector.version} ${vector.case}`, () => {
      check((vector.header === 'RequestHeader' ? RequestHeader : ResponseHeader) as AnyMessage, vector)
    })
  }
})

describe('golden stored records', () => {
  const messages = stored as unknown as Record<string, AnyMessage | undefined>
  for (const [name, list] of Map.groupBy(vectors('record-vectors'), (v) => v.record ?? '')) {
    it(`${name}: ${list.length} vectors`, () => {
      const message = messages[name]
      if (!message) throw new Error(`no stored record ${name}`)
      for (const vector of list) check(message, vector)
    })
  }
})
