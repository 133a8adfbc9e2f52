import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasProgram, missing } from './available.ts'

const VENV = process.env.ODRADEK_VENV ?? join(homedir(), '.cache', 'odradek', 'venv')
export const PYTHON = join(VENV, 'bin', 'python')
const MODULES = fileURLToPath(new URL('./python', import.meta.url))

let tried = false

/** Whether tests that need the Python clients must be left out. */
export function noPython(): boolean {
  if (!tried && hasProgram('python3')) {
    tried = true
    const installer = fileURLToPath(new URL('./install-python.sh', import.meta.url))
    try {
      execFileSync('bash', [installer, VENV], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 })
    } catch (error) {
      console.log(`could not install the Python clients: ${String(error)}`)
    }
  }
  return missing('Python and its Kafka clients', existsSync(PYTHON))
}

/** A script that takes commands, as `json_commands.py` reads them. */
export function python(script: URL, ...args: string[]) {
  return spawn(PYTHON, [fileURLToPath(script), ...args], { env: { ...process.env, PYTHONPATH: MODULES } })
}
