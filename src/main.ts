#!/usr/bin/env -S node --max-semi-space-size=8 --heap-growing-percent=50
import type * as program from './cli/program.ts'

/** What an older Node lacks would show as an error in the middle of a module. */
const OLDEST_NODE = 24
if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  console.error(`Use Node ${OLDEST_NODE} or newer: this is ${process.versions.node}. npm start brings its own.`)
  process.exit(1)
}

// Not imported: that would name, and so load, all that these modules have.
const { readFileSync } = process.getBuiltinModule('node:fs')
const { createRequire } = process.getBuiltinModule('node:module')
const { dirname, join } = process.getBuiltinModule('node:path')
const { Script } = process.getBuiltinModule('node:vm')

/** The bundle begins with a comment of so many bytes that names it; so does the compiled code that belongs to it. */
const ID_BYTES = 37

/**
 * The program as tools/bundle.ts has put it together: one file, and beside it the code that Node compiled of it when it was
 * started for the first time. Node's own cache holds no function that is compiled when it is first called, and most are.
 */
function bundled(): typeof program | undefined {
  const file = join(import.meta.dirname, 'cli', 'bundle.cjs')
  let source: string
  try {
    source = readFileSync(file, 'latin1')
  } catch {
    return undefined
  }
  const cachedData = compiled(`${file}.compiled`, source.slice(0, ID_BYTES))
  const script = new Script(source, { filename: file, cachedData })
  const module = { exports: {} as typeof program }
  script.runInThisContext()(module, createRequire(file), file, dirname(file))
  module.exports.mapStacks(file)
  return module.exports
}

/** Node itself refuses what another version of it has compiled, but not what belongs to another text. */
function compiled(file: string, id: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file)
    return bytes.toString('latin1', 0, ID_BYTES) === id ? bytes.subarray(ID_BYTES) : undefined
  } catch {
    return undefined
  }
}

const { run } = bundled() ?? (await import('./cli/program.ts'))
process.exit(await run(process.argv.slice(2)))
