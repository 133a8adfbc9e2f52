import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ByteReader, ByteWriter } from '../src/base/bytes.ts'
import { APIS } from '../src/protocol/apis.ts'

/** Decode and encode rates of the messages on the hot path, from the golden vectors. Run: `npx tsx bench/micro-codec.ts`. */

interface Vector {
  readonly api: string
  readonly version: number
  readonly case: string
  readonly hex: string
}

function vector(kind: string, name: string, version: number): Buffer {
  const text = readFileSync(join(import.meta.dirname, `../test/golden/${kind}-00-39.jsonl`), 'utf8')
  for (const line of text.split('\n')) {
    if (line === '') continue
    const v = JSON.parse(line) as Vector
    if (v.api === name && v.version === version && v.case === 'populated-1') return Buffer.from(v.hex, 'hex')
  }
  throw new Error(`no vector for ${name} v${version}`)
}

function rate(run: () => void): number {
  const rounds = 200_000
  for (let i = 0; i < 20_000; i++) run()
  const start = process.hrtime.bigint()
  for (let i = 0; i < rounds; i++) run()
  return rounds / (Number(process.hrtime.bigint() - start) / 1e9)
}

const rows = []
for (const [name, version] of [
  ['Produce', 9],
  ['Produce', 13],
  ['Fetch', 12],
  ['Fetch', 18],
  ['Metadata', 13],
  ['OffsetCommit', 9],
] as const) {
  const api = APIS.find((a) => a.name === name)
  if (!api) throw new Error(name)
  const request = vector('requests', name, version)
  const response = api.response.fromBuffer(vector('responses', name, version), version)
  rows.push({
    message: `${name} v${version}`,
    'request bytes': request.length,
    'decodes/s': Math.round(rate(() => api.request.decode(new ByteReader(request), version))),
    'response encodes/s': Math.round(rate(() => api.response.encode(new ByteWriter(), response, version))),
  })
}
console.table(rows)
