import { spawnSync } from 'node:child_process'
import { freemem } from 'node:os'

const MOST = 2 ** 30
const PIECE = 2 ** 26

/**
 * Touches as much memory as the next load is going to need, and gives it back. A virtual machine's host takes back what is not used,
 * and the first write to such a page costs ten times what it does elsewhere: it would count for whoever comes to it first.
 */
export function warmMemory(): void {
  const pieces = Math.floor(Math.min(MOST, freemem() / 2) / PIECE)
  spawnSync(process.execPath, [
    '-e',
    `const all = []; while (all.length < ${pieces}) all.push(Buffer.alloc(${PIECE}, 1))`,
  ])
}
