import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PIECE = Buffer.alloc(65_536, 1)
const ROUNDS = 2

/**
 * Fills the page cache with as many bytes as the next load is going to need, and gives them back. A virtual machine's host takes
 * back memory that lies idle for some seconds, and the first write to such a page costs ten times what it does elsewhere: it would
 * count for whoever comes to it first. What was freed last is given out first, so the load meets pages that were just in use, whichever
 * broker it is for.
 */
export function warmMemory(bytes: number): void {
  const path = join(tmpdir(), `warm-${process.pid}`)
  for (let round = 0; round < ROUNDS; round++) {
    const file = openSync(path, 'w')
    try {
      for (let left = bytes; left > 0; left -= PIECE.length) writeSync(file, PIECE)
    } finally {
      closeSync(file)
      rmSync(path)
    }
  }
}
