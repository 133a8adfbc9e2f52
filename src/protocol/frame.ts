import { ProtocolError } from '../base/errors.ts'

const SIZE_BYTES = 4
/** A frame's first allocation where little of it has arrived. */
const FIRST_CAPACITY = 64 * 1024
/** Room given per byte that arrived: what a peer announces costs nothing until it sends. */
const GROWTH = 16

/** Where frames are assembled. */
export interface FrameMemory {
  /** Room for a frame, or a part of one, that begins with `start`; `start` may be empty. */
  allocate(bytes: number, start: Buffer): Buffer
  /** Whoever took the frame, or the splitter that outgrew it, needs the buffer no more. */
  release(buffer: Buffer): void
}

/** Every frame a buffer of its own, for the garbage collector. */
export const COLLECTED: FrameMemory = { allocate: (bytes) => Buffer.allocUnsafe(bytes), release: () => {} }
const NOTHING = Buffer.alloc(0)
/** How the first record of a TLS client begins: its kind and the version's first byte. */
const TLS_HANDSHAKE = 0x1603

export type FrameSink = (frame: Buffer) => void

/**
 * Cuts a stream into frames: size int32, then that many bytes. Frames are given without their size.
 *
 *     push(chunk)            a chunk from anywhere; frames and parts of frames are taken out of it
 *     vacancy() / filled(n)  the rest of a frame under assembly, for a reader that can read straight into it
 *
 * A frame that is complete inside a chunk that nobody else will write to (`owned`) is a slice of it. Every other frame is
 * assembled in a buffer of its own, allocated at its size as soon as enough of it has arrived: one copy, or none
 * where the reader uses `vacancy`.
 */
export class FrameSplitter {
  #maxBytes: number
  /** The setting that the bound is from. */
  #maxName = 'socket.request.max.bytes'
  readonly #memory: FrameMemory
  /** Of a size field that has arrived in part. Not a buffer: one for each connection would cost more than the rest. */
  #sizeStart = 0
  /** Bytes of the size field that have arrived. */
  #sizeHave = 0
  /** Of the frame under assembly; -1: its size field is not complete. */
  #size = -1
  #frame: Buffer | undefined
  #have = 0

  constructor(maxBytes: number, memory: FrameMemory = COLLECTED) {
    this.#maxBytes = maxBytes
    this.#memory = memory
  }

  /** From the next frame on, whose size field is not complete. */
  limit(maxBytes: number, name: string): void {
    this.#maxBytes = maxBytes
    this.#maxName = name
  }

  /** Memory held for the frame under assembly. */
  get heldBytes(): number {
    return this.#frame?.length ?? 0
  }

  /** Nothing of a next frame has arrived. */
  get isBetweenFrames(): boolean {
    return this.#size < 0 && this.#sizeHave === 0
  }

  /** @throws ProtocolError where a size is negative or beyond the limit; the stream can't be read on */
  push(chunk: Buffer, sink: FrameSink, owned = false): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#size < 0) {
        at = this.#takeSize(chunk, at)
        if (this.#size === 0) this.#finish(Buffer.alloc(0), sink)
      } else if (this.#frame === undefined && chunk.length - at >= this.#size) {
        const whole = chunk.subarray(at, at + this.#size)
        at += this.#size
        this.#finish(owned ? whole : this.#copy(whole), sink)
      } else {
        at = this.#assemble(chunk, at, sink)
      }
    }
  }

  /** Where the next bytes of the stream may be written to directly; undefined between frames and inside a size field. */
  vacancy(): Buffer | undefined {
    if (this.#size < 0) return undefined
    return this.#room().subarray(this.#have)
  }

  /** The first `count` bytes of `vacancy()` have been written. */
  filled(count: number, sink: FrameSink): void {
    this.#have += count
    if (this.#frame !== undefined && this.#have === this.#size) this.#finish(this.#frame, sink)
  }

  #copy(whole: Buffer): Buffer {
    const frame = this.#memory.allocate(whole.length, whole)
    whole.copy(frame)
    return frame
  }

  #takeSize(chunk: Buffer, at: number): number {
    if (this.#sizeHave === 0 && chunk.length - at >= SIZE_BYTES) {
      this.#setSize(chunk.readInt32BE(at))
      return at + SIZE_BYTES
    }
    const end = Math.min(chunk.length, at + SIZE_BYTES - this.#sizeHave)
    for (let i = at; i < end; i++) this.#sizeStart = (this.#sizeStart << 8) | (chunk[i] as number)
    this.#sizeHave += end - at
    if (this.#sizeHave === SIZE_BYTES) this.#setSize(this.#sizeStart)
    return end
  }

  #setSize(size: number): void {
    if (size < 0) throw new ProtocolError(`frame size ${size} is negative`)
    if (size > this.#maxBytes && size >>> 16 === TLS_HANDSHAKE) {
      throw new ProtocolError(
        'a TLS handshake came, and this listener speaks plaintext (security.protocol of the client?)',
      )
    }
    if (size > this.#maxBytes) {
      const hint = isWord(size) ? ' (does the client speak HTTP?)' : ''
      throw new ProtocolError(`frame size ${size} is larger than ${this.#maxName} ${this.#maxBytes}${hint}`)
    }
    this.#size = size
    this.#have = 0
  }

  #assemble(chunk: Buffer, at: number, sink: FrameSink): number {
    const wanted = Math.min(chunk.length - at, this.#size - this.#have)
    const frame = this.#room(this.#have + wanted, this.#have === 0 ? chunk.subarray(at) : NOTHING)
    chunk.copy(frame, this.#have, at, at + wanted)
    this.filled(wanted, sink)
    return at + wanted
  }

  /** The assembly buffer with space for `needed` bytes, and for at least one more than it has. */
  #room(needed = this.#have + 1, start: Buffer = NOTHING): Buffer {
    const old = this.#frame
    if (old !== undefined && old.length >= needed) return old
    const capacity = Math.min(this.#size, Math.max(FIRST_CAPACITY, GROWTH * needed))
    const frame = this.#memory.allocate(capacity, old ?? start)
    if (old !== undefined) {
      old.copy(frame, 0, 0, this.#have)
      this.#memory.release(old)
    }
    this.#frame = frame
    return frame
  }

  #finish(frame: Buffer, sink: FrameSink): void {
    this.#frame = undefined
    this.#size = -1
    this.#sizeHave = 0
    this.#sizeStart = 0
    this.#have = 0
    sink(frame)
  }
}

/** Whether the four bytes of a size are the beginning of a line that starts with a method of HTTP. */
function isWord(size: number): boolean {
  return /^[A-Z]{3}[A-Z ]$/.test(String.fromCharCode(size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255))
}
