import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../src/base/errors.ts'
import { FrameSplitter } from '../../src/protocol/frame.ts'

function streamOf(frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    frames.flatMap((frame) => {
      const size = Buffer.alloc(4)
      size.writeInt32BE(frame.length)
      return [size, Buffer.from(frame)]
    }),
  )
}

/** Feeds pieces, each through a buffer that is overwritten afterwards, as a reused read buffer is. */
function feed(splitter: FrameSplitter, pieces: readonly Buffer[], owned = false): Buffer[] {
  const frames: Buffer[] = []
  for (const piece of pieces) {
    const reused = Buffer.from(piece)
    splitter.push(reused, (frame) => frames.push(frame), owned)
    if (!owned) reused.fill(0xee)
  }
  return frames
}

describe('FrameSplitter', () => {
  it('gives the same frames wherever the stream is cut', () => {
    const sent = [Buffer.from('abc'), Buffer.alloc(0), Buffer.from('x'), Buffer.from('0123456789')]
    const stream = streamOf(sent)
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second++) {
        const pieces = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)]
        expect(feed(new FrameSplitter(100), pieces)).toEqual(sent)
      }
    }
  })

  it('gives the same frames for any frames, any cuts and any mixture of reading ways', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 })
    const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(frames, cuts, fc.array(fc.boolean(), { minLength: 1 }), (sent, sizes, ways) => {
        const stream = streamOf(sent)
        const splitter = new FrameSplitter(1000)
        const got: Buffer[] = []
        let at = 0
        for (let step = 0; at < stream.length; step++) {
          const size = Math.min(sizes[step % sizes.length] as number, stream.length - at)
          const target = ways[step % ways.length] ? splitter.vacancy() : undefined
          if (target !== undefined) {
            const filled = stream.copy(target, 0, at, at + Math.min(size, target.length))
            splitter.filled(filled, (frame) => got.push(frame))
            at += filled
          } else {
            const reused = Buffer.from(stream.subarray(at, at + size))
            splitter.push(reused, (frame) => got.push(frame))
            reused.fill(0xee)
            at += size
          }
        }
        expect(got.map((frame) => [...frame])).toEqual(sent.map((frame) => [...frame]))
        expect(splitter.isBetweenFrames).toBe(true)
        expect(splitter.heldBytes).toBe(0)
      }),
    )
  })

  it('does not copy a whole frame out of an owned chunk', () => {
    const chunk = streamOf([Buffer.from('abc')])
    const frames: Buffer[] = []
    new FrameSplitter(100).push(chunk, (frame) => frames.push(frame), true)
    expect(frames[0]?.buffer).toBe(chunk.buffer)
  })

  it.each([
    ['GET / HTTP/1.1', /frame size 1195725856 is larger than .* \(does the client speak HTTP\?\)$/],
    ['\x16\x03\x01\x02\x00', /^a TLS handshake came/],
    ['\x7fxyz', /is larger than \S+ 100$/],
  ])('says what a client of another protocol may speak: %j', (bytes, sentence) => {
    expect(() => new FrameSplitter(100).push(Buffer.from(bytes, 'latin1'), () => {})).toThrow(sentence)
  })

  it('refuses negative and oversized sizes, after the frames before them', () => {
    for (const size of [-1, -0x8000_0000, 101, 0x7fff_ffff]) {
      const bad = Buffer.alloc(4)
      bad.writeInt32BE(size)
      const frames: Buffer[] = []
      const splitter = new FrameSplitter(100)
      const stream = Buffer.concat([streamOf([Buffer.from('ok')]), bad])
      expect(() => splitter.push(stream, (frame) => frames.push(frame))).toThrow(ProtocolError)
      expect(frames).toEqual([Buffer.from('ok')])
    }
    expect(feed(new FrameSplitter(100), [streamOf([Buffer.alloc(100)])])).toHaveLength(1)
  })

  it('holds memory for what arrived, not for what was announced', () => {
    const splitter = new FrameSplitter(100_000_000)
    const stream = Buffer.alloc(4 + 3_000_000)
    stream.writeInt32BE(100_000_000)
    splitter.push(stream.subarray(0, 4), () => {})
    expect(splitter.heldBytes).toBe(0)
    splitter.push(stream.subarray(4, 104), () => {})
    expect(splitter.heldBytes).toBeLessThanOrEqual(64 * 1024)
    splitter.push(stream.subarray(104), () => {})
    expect(splitter.heldBytes).toBeLessThanOrEqual(16 * 3_000_000)
  })

  it('assembles a large frame in one buffer once enough of it is there', () => {
    const splitter = new FrameSplitter(10_000_000)
    const stream = streamOf([Buffer.alloc(1_000_000, 1)])
    splitter.push(stream.subarray(0, 65_536), () => {})
    expect(splitter.heldBytes).toBe(1_000_000)
  })
})
