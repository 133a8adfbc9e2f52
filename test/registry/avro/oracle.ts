import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasProgram, missing } from '../../support/available.ts'
import { LIGHT_JVM } from '../../support/kafka.ts'
import { run } from '../../support/process.ts'

const POM = fileURLToPath(new URL('./pom.xml', import.meta.url))
const SOURCE = fileURLToPath(new URL('./AvroOracle.java', import.meta.url))
const JARS = join(homedir(), '.cache', 'odradek', 'avro-1.12.1')

function bring(): boolean {
  if (!hasProgram('java') || !hasProgram('javac')) return false
  if (existsSync(JARS)) return true
  if (!hasProgram('mvn')) return false
  const part = `${JARS}.${process.pid}`
  const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${part}`]
  try {
    mkdirSync(part, { recursive: true })
    execFileSync('mvn', ['-q', '-B', '-f', POM, ...copy], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 })
    renameSync(part, JARS)
  } catch (error) {
    rmSync(part, { recursive: true, force: true })
    // Another test process may have been first.
    if (!existsSync(JARS)) console.log(`could not bring Avro from Maven Central: ${String(error)}`)
  }
  return existsSync(JARS)
}

/** Whether tests beside Avro's Java library must be left out. */
export function noAvro(): boolean {
  return missing('Java, Maven and Avro', bring())
}

export type AvroQuestion =
  | { readonly reader: string; readonly writer: string }
  | { readonly schema: string; readonly json?: string }

export interface AvroAnswer {
  readonly error?: string
  readonly problems?: readonly { readonly type: string; readonly message: string; readonly location: string }[]
  readonly text?: string
  readonly bytes?: string
}

export async function askAvro(questions: readonly AvroQuestion[]): Promise<AvroAnswer[]> {
  const classes = mkdtempSync(join(tmpdir(), 'odradek-avro-'))
  try {
    const jars = join(JARS, '*')
    execFileSync('javac', ['-proc:none', '-nowarn', '-cp', jars, '-d', classes, SOURCE], { stdio: 'pipe' })
    const input = questions.map((question) => `${JSON.stringify(question)}\n`).join('')
    const args = [...LIGHT_JVM, '-cp', `${classes}:${jars}`, 'AvroOracle']
    const { out, err } = await run('java', args, { input, timeoutMs: 90_000 })
    const lines = out.trim().split('\n')
    if (lines.length !== questions.length) throw new Error(`${lines.length} answers: ${err.slice(0, 2000)}`)
    return lines.map((line) => JSON.parse(line))
  } finally {
    rmSync(classes, { recursive: true, force: true })
  }
}
