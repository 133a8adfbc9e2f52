import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { missing } from './available.ts'

const DIR = process.env.ODRADEK_SCHEMAREGISTRY ?? join(homedir(), '.cache', 'odradek', 'schemaregistry')

let tried = false

/** Whether tests that need Confluent's JavaScript client of schema registries must be left out. */
export function noSchemaRegistryClient(): boolean {
  if (!tried) {
    tried = true
    const installer = fileURLToPath(new URL('./install-schemaregistry.sh', import.meta.url))
    try {
      execFileSync('bash', [installer, DIR], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 })
    } catch (error) {
      console.log(`could not install Confluent’s JavaScript client: ${String(error)}`)
    }
  }
  return missing('Confluent’s JavaScript client of schema registries', existsSync(join(DIR, '.stamp')))
}

/** A script that takes JSON commands and finds the client in the directory that is its first argument. */
export function withSchemaRegistryClient(script: URL) {
  return spawn(process.execPath, [fileURLToPath(script), DIR])
}
