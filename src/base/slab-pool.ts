import { assert } from './assert.ts'
import { returned } from './lent-memory.ts'

const SLAB_BYTES = 4 * 1024 * 1024
/** Larger pieces are ordinary buffers: a slab would serve one of them and then wait for it. */
const LARGEST_PIECE = SLAB_BYTES / 2
/** Slabs kept for later. */
const MOST_FREE = 6
const ALIGNMENT = 8

interface Slab {
  readonly memory: Buffer
  used: number
  /** Pieces that somebody still needs; the pool itself holds one while it cuts from the slab. */
  references: number
}

/**
 * Memory for bytes that live a short while and come by the gigabyte. A garbage collector asked to find out when each of them
 * is dead collects all the time; here their users say it.
 *
 *     slab: [ piece ][ piece ][ piece ]… free      used again when every piece has been released
 *
 * `retain` and `release` take a piece or any part of one; buffers from elsewhere are left alone, so nobody needs to know
 * where a buffer came from. Not releasing costs the slab, which the collector then takes; releasing too early would
 * let others write over what is still read.
 */
export class SlabPool {
  readonly #slabs = new WeakMap<ArrayBufferLike, Slab>()
  readonly #free: Slab[] = []
  #current: Slab | undefined

  /** A piece with one reference, its bytes undefined. */
  allocate(bytes: number): Buffer {
    if (bytes > LARGEST_PIECE) return Buffer.allocUnsafeSlow(bytes)
    let slab = this.#current
    if (slab === undefined || slab.used + bytes > SLAB_BYTES) slab = this.#next()
    const at = slab.used
    slab.used = (at + bytes + ALIGNMENT - 1) & -ALIGNMENT
    slab.references++
    return slab.memory.subarray(at, at + bytes)
  }

  /** False: not of this pool's memory. */
  retain(piece: Uint8Array): boolean {
    const slab = this.#slabs.get(piece.buffer)
    if (slab !== undefined) slab.references++
    return slab !== undefined
  }

  release(piece: Uint8Array): void {
    const slab = this.#slabs.get(piece.buffer)
    if (slab !== undefined) this.#drop(slab)
  }

  /** Lets go of one reference; a slab that nobody needs starts again from its beginning. */
  #drop(slab: Slab): void {
    slab.references--
    const isCurrent = slab === this.#current
    assert(slab.references >= (isCurrent ? 1 : 0), 'a piece of a slab was released twice')
    if (slab.references > (isCurrent ? 1 : 0)) return
    returned(slab.memory.subarray(0, slab.used))
    slab.used = 0
    if (!isCurrent && this.#free.length < MOST_FREE) this.#free.push(slab)
  }

  #next(): Slab {
    const full = this.#current
    let slab = this.#free.pop()
    if (slab === undefined) {
      slab = { memory: Buffer.allocUnsafeSlow(SLAB_BYTES), used: 0, references: 0 }
      this.#slabs.set(slab.memory.buffer, slab)
    }
    slab.references++
    this.#current = slab
    if (full !== undefined) this.#drop(full)
    return slab
  }
}
