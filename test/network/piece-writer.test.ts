import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LateBytes, Piece } from '../../src/base/bytes.ts'
import type { NetSocket } from '../../src/io/ports.ts'
import { PieceWriter, STAGE_BYTES } from '../../src/network/piece-writer.ts'

/** Takes some writes at once and keeps the others, uncopied, until they are taken. */
class PickySocket {
  destroyed = false
  readonly taken: Buffer[] = []
  readonly #kept: { readonly bytes: Uint8Array; readonly sent: (() => void) | undefined }[] = []
  readonly #takesAtOnce: () => boolean

  readonly encrypted: boolean
  /** The most that was written and not taken. */
  most = 0

  constructor(takesAtOnce: () => boolean, encrypted = false) {
    this.#takesAtOnce = takesAtOnce
    this.encrypted = encrypted
  }

  get writableLength(): number {
    return this.#kept.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  write(bytes: Uint8Array, sent?: () => void): boolean {
    this.#kept.push({ bytes, sent })
    this.most = Math.max(this.most, this.writableLength)
    if (this.#kept.length === 1 && this.#takesAtOnce()) this.takeOne((run) => process.nextTick(run))
    return true
  }

  takeOne(later = (run: () => void) => run()): boolean {
    const first = this.#kept.shift()
    if (first === undefined) return false
    this.taken.push(Buffer.from(first.bytes))
    if (first.sent !== undefined) later(first.sent)
    return true
  }

  cork(): void {}
  uncork(): void {}

  destroy(): void {
    this.destroyed = true
    for (const { sent } of this.#kept.splice(0)) sent?.()
  }
}

interface PieceSpec {
  readonly size: number
  readonly kind: 'buffer' | 'now' | 'later'
}

function bytesFor(specs: readonly PieceSpec[], seed: number): Buffer[] {
  return specs.map(({ size }, i) => Buffer.alloc(size, `${seed}.${i}|`))
}

function late(bytes: Buffer, kind: 'now' | 'later' | 'fails'): LateBytes {
  return {
    length: bytes.length,
    copyTo: (target, at, from, size) => {
      const copy = () => void bytes.copy(target, at, from, from + size)
      if (kind === 'now') return copy() as undefined
      return new Promise((resolve, reject) =>
        setImmediate(() => {
          if (kind === 'fails') reject(new Error('the file is gone'))
          else resolve(copy())
        }),
      )
    },
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

const pieceSpec = fc.record({
  size: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 3 * STAGE_BYTES })),
  kind: fc.constantFrom('buffer', 'now', 'later'),
})
const answers = fc.array(fc.array(pieceSpec, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 })

describe('PieceWriter', () => {
  test('sends every byte once and in order, whatever the socket and the files take their time for', async () => {
    await fc.assert(
      fc.asyncProperty(answers, fc.infiniteStream(fc.boolean()), fc.boolean(), fc.boolean(), async (...given) => {
        const [specs, choices, spread, encrypted] = given
        const socket = new PickySocket(() => choices.next().value, encrypted)
        const failures: Error[] = []
        const writer = new PieceWriter(socket as unknown as NetSocket, (error) => failures.push(error))
        const expected: Buffer[] = []
        const sent: number[] = []
        for (const [i, answer] of specs.entries()) {
          const bytes = bytesFor(answer, i)
          expected.push(...bytes)
          const pieces = answer.map(({ kind }, at): Piece => {
            const piece = bytes[at] as Buffer
            return kind === 'buffer' ? piece : late(piece, kind)
          })
          writer.write(pieces, Buffer.concat(bytes).length, () => sent.push(i))
          if (spread) await turn()
        }
        for (let idle = 0; idle < 20; idle++) {
          await turn()
          if (socket.takeOne()) idle = 0
        }
        expect(Buffer.concat(socket.taken).equals(Buffer.concat(expected))).toBe(true)
        expect(sent).toEqual(specs.map((_, i) => i))
        expect(failures).toEqual([])
      }),
      { numRuns: 30 },
    )
  })

  test.each(['now', 'later'] as const)('lets go of every answer when the socket goes, files read %s', async (kind) => {
    const socket = new PickySocket(() => false)
    const writer = new PieceWriter(socket as unknown as NetSocket, () => {})
    const sent: string[] = []
    writer.write([late(Buffer.alloc(4 * STAGE_BYTES), kind)], 0, () => sent.push('first'))
    writer.write([Buffer.alloc(10)], 10, () => sent.push('second'))
    await turn()
    expect(sent).toEqual([])
    socket.destroy()
    await turn()
    writer.write([late(Buffer.alloc(1), kind)], 0, () => sent.push('third'))
    expect(sent).toEqual(['first', 'second', 'third'])
  })

  test('gives a socket that encrypts a megabyte at a time, because it keeps a copy', async () => {
    const socket = new PickySocket(() => false, true)
    const writer = new PieceWriter(socket as unknown as NetSocket, () => {})
    const large = Buffer.alloc(5 * STAGE_BYTES + 17, 'x')
    let isSent = false
    writer.write([Buffer.from('head'), large], large.length + 4, () => {
      isSent = true
    })
    for (let idle = 0; idle < 20; idle++) {
      await turn()
      if (socket.takeOne()) idle = 0
    }
    expect(isSent).toBe(true)
    expect(Buffer.concat(socket.taken).length).toBe(large.length + 4)
    expect(socket.most).toBeLessThanOrEqual(STAGE_BYTES)
  })

  test('says when late bytes are gone, and sends nothing in their place', async () => {
    const socket = new PickySocket(() => true)
    const failures: string[] = []
    const writer = new PieceWriter(socket as unknown as NetSocket, (error) => {
      failures.push(error.message)
      socket.destroy()
    })
    const sent: string[] = []
    writer.write([Buffer.from('head'), late(Buffer.alloc(100), 'fails')], 0, () => sent.push('sent'))
    await turn()
    await turn()
    expect(failures).toEqual(['the file is gone'])
    expect(sent).toEqual(['sent'])
    expect(socket.taken).toEqual([])
  })
})
