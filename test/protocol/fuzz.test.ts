import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../src/base/errors.ts'
import { APIS } from '../../src/protocol/apis.ts'
import type { Message } from '../../src/protocol/schema.ts'
import * as stored from '../../src/protocol/stored/index.ts'

type AnyMessage = Message<unknown, unknown>

const messages: AnyMessage[] = [
  ...APIS.flatMap((api) => [api.request, api.response]),
  ...(Object.values(stored) as unknown as AnyMessage[]),
]

function decodes(message: AnyMessage, version: number, bytes: Buffer): void {
  try {
    message.fromBuffer(bytes, version)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
  }
}

/** Real vectors, to be damaged: random bytes alone seldom get past the first field. */
function seeds(): { message: AnyMessage; version: number; bytes: Buffer }[] {
  const found = []
  for (const kind of ['requests', 'responses'] as const) {
    for (const part of ['00-39', '40-99']) {
      const text = readFileSync(join(import.meta.dirname, `../golden/${kind}-${part}.jsonl`), 'utf8')
      for (const line of text.split('\n')) {
        if (line === '') continue
        const vector = JSON.parse(line) as { key: number; version: number; case: string; hex: string }
        if (vector.case !== 'populated-1') continue
        const api = APIS.find((a) => a.key === vector.key)
        if (!api) throw new Error(`no API ${vector.key}`)
        const message = kind === 'requests' ? api.request : api.response
        found.push({ message, version: vector.version, bytes: Buffer.from(vector.hex, 'hex') })
      }
    }
  }
  return found
}

describe('any bytes end in a value or a ProtocolError', () => {
  it('random bytes, every message, every version', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (raw) => {
        const bytes = Buffer.from(raw)
        for (const message of messages) {
          for (let v = message.versions.min; v <= message.versions.max; v++) decodes(message, v, bytes)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('real messages cut short or with bytes changed', () => {
    const all = seeds()
    fc.assert(
      fc.property(
        fc.nat(all.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (which, edits, keep) => {
          const seed = all[which]
          if (!seed) return
          const bytes = Buffer.from(seed.bytes.subarray(0, Math.ceil(seed.bytes.length * keep)))
          for (const [at, value] of edits) if (bytes.length > 0) bytes[at % bytes.length] = value
          decodes(seed.message, seed.version, bytes)
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('lengths that promise more than there is allocate nothing', () => {
    const huge = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07]), Buffer.alloc(64, 0x7f)])
    const before = process.memoryUsage().heapUsed
    for (const message of messages) {
      for (let v = message.versions.min; v <= message.versions.max; v++) {
        for (let at = 0; at < 8; at++) decodes(message, v, Buffer.concat([Buffer.alloc(at), huge]))
      }
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 * 1024 * 1024)
  })
})
