import * as zlib from 'node:zlib'
import type { Scratch } from './scratch.ts'

/** What Node's own synchronous functions use below themselves. */
interface Handle {
  reset(): void
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLeft: number,
    output: Uint8Array,
    outputAt: number,
    outputLeft: number,
  ): void
  onerror: (message: string, errno: number, code: string) => void
}

interface Inner {
  readonly handle: Handle
  /** After a write: room left of the output, bytes left of the input. */
  readonly state: Uint32Array
}

function innerOf(stream: object): Inner | undefined {
  const { _handle: handle, _writeState: state } = stream as { _handle?: Partial<Handle>; _writeState?: unknown }
  const isKnown = typeof handle?.writeSync === 'function' && typeof handle.reset === 'function'
  return isKnown && state instanceof Uint32Array ? { handle: handle as Handle, state } : undefined
}

/** More came out than it may. */
export const TOO_MUCH = -2
/** Bytes that can't be read. */
export const UNREADABLE = -1

/**
 * gzip or zstd, unpacked to a `Scratch` by one codec that is used again and again. `gunzipSync` makes a new one, and new output
 * memory, at every call: half of its time, and work for the collector.
 */
export class Inflater {
  readonly #inner: Inner
  readonly #finish: number
  #failed = false

  private constructor(inner: Inner, finish: number) {
    this.#inner = inner
    this.#finish = finish
    inner.handle.onerror = () => {
      this.#failed = true
    }
  }

  /** Undefined where this Node keeps its codecs elsewhere. */
  static of(type: 'gzip' | 'zstd'): Inflater | undefined {
    const inner = innerOf(type === 'gzip' ? zlib.createGunzip() : zlib.createZstdDecompress())
    const finish = type === 'gzip' ? zlib.constants.Z_FINISH : zlib.constants.ZSTD_e_end
    return inner && new Inflater(inner, finish)
  }

  /** The number of bytes that are in `scratch` then, UNREADABLE or TOO_MUCH. */
  run(input: Buffer, maxBytes: number, scratch: Scratch): number {
    const { handle, state } = this.#inner
    this.#failed = false
    handle.reset()
    scratch.reserve(Math.min(maxBytes, input.length * 4))
    let at = 0
    let out = 0
    for (;;) {
      const room = scratch.bytes.length - out
      handle.writeSync(this.#finish, input, at, input.length - at, scratch.bytes, out, room)
      if (this.#failed) return UNREADABLE
      const [roomLeft = 0, inputLeft = 0] = state
      out += room - roomLeft
      if (out > maxBytes) return TOO_MUCH
      if (roomLeft > 0) return out
      at = input.length - inputLeft
      scratch.reserve(out * 2)
    }
  }
}
