/** Loaded by who uses them first, in the bundle: a plain start uses none of them. */
export const LAZY: readonly string[] = [
  'jose',
  'node:child_process',
  'node:dns/promises',
  'node:http',
  'node:https',
  'node:tls',
  'node:worker_threads',
  'node:zlib',
  're2js',
]
