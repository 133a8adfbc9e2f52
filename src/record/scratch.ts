import { compileWasm, PAGE_BYTES, type WasmMemory, wasmMemory } from '../base/wasm.ts'
import { SLACK } from './block-decoder.ts'
import { lz4Decoder } from './lz4-block.ts'
import { snappyDecoder } from './snappy-block.ts'

const FIRST_BYTES = 256 * 1024
/** Larger memory is given back after its use. */
const KEPT_BYTES = 2 * 1024 * 1024

/** Of `at`, `to`, `start` and `limit` in the memory: see lz4-block.ts and snappy-block.ts. */
type Decoder = (at: number, to: number, start: number, limit: number) => number

interface Decoders {
  readonly lz4: Decoder
  readonly snappy: Decoder
}

let compiled: ((memory: WasmMemory) => Decoders) | undefined

/** Compiled by the first batch that needs it. */
function decodersOn(memory: WasmMemory): Decoders {
  compiled ??= compileWasm<Decoders>({ lz4: lz4Decoder, snappy: snappyDecoder })
  return compiled(memory)
}

/**
 * Memory that batches are unpacked to, one after another: memory of their own would be garbage as soon as they were looked
 * at, and gigabytes of it keep the collector and the kernel busier than the unpacking does. The decoders of lz4 and snappy work
 * in here: a block is copied behind the room for what comes out of it.
 *
 *     what came out before │ start … room … limit │ slack │ block │ slack
 */
export class Scratch {
  #memory: WasmMemory | undefined
  #decoders: Decoders | undefined
  #bytes = Buffer.alloc(0)

  /** All of the memory: until it grows or is given back. */
  get bytes(): Buffer {
    return this.#bytes
  }

  /** Room for `bytes` in all; what is there stays. */
  reserve(bytes: number): void {
    this.#memoryFor(bytes)
  }

  #memoryFor(bytes: number): WasmMemory {
    if (this.#memory !== undefined && this.#bytes.length >= bytes) return this.#memory
    const old = this.#bytes.length
    const pages = Math.ceil(Math.max(FIRST_BYTES, bytes, old * 2) / PAGE_BYTES)
    const memory = this.#memory ?? wasmMemory(pages)
    if (old > 0) memory.grow(pages - old / PAGE_BYTES)
    this.#memory = memory
    this.#bytes = Buffer.from(memory.buffer)
    return memory
  }

  /** Gives how many bytes it copied. */
  copy(block: Buffer, start: number): number {
    this.reserve(start + block.length)
    return block.copy(this.#bytes, start)
  }

  /** Decodes an lz4 block to `start`; gives how many bytes came out, -1 for no block or more than `most`. */
  lz4(block: Buffer, start: number, most: number): number {
    const end = this.#decode('lz4', block, start, start + most)
    return end < 0 ? -1 : end - start
  }

  /** Decodes a raw snappy block to `start`; whether exactly `length` bytes came out. */
  snappy(block: Buffer, start: number, length: number): boolean {
    return this.#decode('snappy', block, start, start + length) === 1
  }

  #decode(codec: keyof Decoders, block: Buffer, start: number, limit: number): number {
    const at = limit + SLACK
    const memory = this.#memoryFor(at + block.length + SLACK)
    this.#decoders ??= decodersOn(memory)
    block.copy(this.#bytes, at)
    return this.#decoders[codec](at, at + block.length, start, limit)
  }

  /** The first `bytes` of it: to be looked at before anything else is unpacked. */
  result(bytes: number): Buffer {
    const taken = this.#bytes.subarray(0, bytes)
    if (this.#bytes.length > KEPT_BYTES) this.clear()
    return taken
  }

  clear(): void {
    this.#memory = undefined
    this.#decoders = undefined
    this.#bytes = Buffer.alloc(0)
  }
}
