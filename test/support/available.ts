import { spawnSync } from 'node:child_process'

const told = new Set<string>()

export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
}

/**
 * For `describe.skipIf`: whether tests that need `what` must be left out. Says so once on the console; under CI nothing may be left out,
 * so there a missing program is a failure.
 */
export function missing(what: string, isThere: boolean): boolean {
  if (isThere) return false
  if (process.env.CI === 'true') throw new Error(`${what} is needed by the tests and is not there`)
  if (!told.has(what)) console.log(`SKIPPED: tests that need ${what}, which is not there`)
  told.add(what)
  return true
}
