import { createRequire } from 'node:module'
import type * as Lz4 from 'lz4-napi'
import type * as Snappy from 'snappy'

const load = createRequire(import.meta.url)

let loadedLz4: typeof Lz4 | undefined
let loadedSnappy: typeof Snappy | undefined

/** Loaded when somebody compresses: most brokers never do, and a start need not wait for it. */
export function lz4(): typeof Lz4 {
  loadedLz4 ??= load('lz4-napi') as typeof Lz4
  return loadedLz4
}

export function snappy(): typeof Snappy {
  loadedSnappy ??= load('snappy') as typeof Snappy
  return loadedSnappy
}
