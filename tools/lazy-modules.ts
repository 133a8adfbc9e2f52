/**
 * Sources that stay out of the bundle, with all that they import: most nodes never load them. What passes between them and the
 * bundle must be no instance of a class that one side checks for, since each has its own.
 */
export const APART: readonly string[] = [
  'src/http/console/console.ts',
  'src/node/registry/loaded.ts',
  'src/node/traces.ts',
]

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

/**
 * Entries with a bundle of their own, in place of what the compiler made of them: a command is over so soon that finding hundreds
 * of modules would be most of it, and no node runs any.
 */
export const BESIDE: readonly string[] = ['src/cli/commands/run.ts']
