/** Memory behind the room that was asked for, so that copies may go eight bytes at a time. */
export const SLACK = 16
const FIRST_BYTES = 256 * 1024
/** Larger memory is given back after its use. */
const KEPT_BYTES = 2 * 1024 * 1024

/**
 * Memory that batches are unpacked to, one after another: memory of their own would be garbage as soon as they were looked
 * at, and gigabytes of it keep the collector and the kernel busier than the unpacking does.
 */
export class Scratch {
  bytes = Buffer.alloc(0)
  view = new DataView(this.bytes.buffer, 0, 0)

  /** Room from the start. */
  begin(bytes: number): void {
    this.reserve(bytes, 0)
  }

  /** Makes room for `bytes` in all; the first `kept` bytes stay as they are. */
  reserve(bytes: number, kept: number): void {
    const old = this.bytes
    if (old.length - SLACK >= bytes) return
    const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, bytes, kept * 2) + SLACK)
    old.copy(grown, 0, 0, kept)
    this.bytes = grown
    this.view = new DataView(grown.buffer, grown.byteOffset, grown.length)
  }

  /** What may be used until it is grown. */
  get room(): number {
    return this.bytes.length - SLACK
  }

  /** The first `bytes` of it: to be looked at before anything else is unpacked. */
  result(bytes: number): Buffer {
    const taken = this.bytes.subarray(0, bytes)
    if (this.bytes.length > KEPT_BYTES + SLACK) this.clear()
    return taken
  }

  clear(): void {
    this.bytes = Buffer.alloc(0)
    this.view = new DataView(this.bytes.buffer, 0, 0)
  }
}
