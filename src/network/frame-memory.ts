import type { SlabPool } from '../base/slab-pool.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { FrameMemory } from '../protocol/frame.ts'

const KEY_BYTES = 2
const NOBODY_KEEPS: ReadonlySet<number> = new Set([ApiKey.Produce])

/**
 * Produce requests are nearly all that comes in, and only the logs keep parts of them, who retain what they keep. Of other
 * requests anybody may keep a part (a group its members' metadata), so they are ordinary memory.
 */
export function frameMemory(pool: SlabPool): FrameMemory {
  return {
    allocate: (bytes, start) =>
      start.length >= KEY_BYTES && NOBODY_KEEPS.has(start.readInt16BE(0))
        ? pool.allocate(bytes)
        : Buffer.allocUnsafe(bytes),
    release: (buffer) => pool.release(buffer),
  }
}
