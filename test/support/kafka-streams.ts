import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasProgram, missing } from './available.ts'

const POM = fileURLToPath(new URL('./kafka/streams/pom.xml', import.meta.url))
const JARS = join(homedir(), '.cache', 'odradek', 'streams-4.3.1')

function bring(): boolean {
  if (existsSync(JARS)) return true
  if (!hasProgram('java') || !hasProgram('javac') || !hasProgram('mvn')) return false
  const part = `${JARS}.${process.pid}`
  const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${part}`]
  try {
    mkdirSync(part, { recursive: true })
    execFileSync('mvn', ['-q', '-B', '-f', POM, ...copy], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 })
    renameSync(part, JARS)
  } catch (error) {
    rmSync(part, { recursive: true, force: true })
    // Another test process may have been first.
    if (!existsSync(JARS)) console.log(`could not bring Kafka Streams from Maven Central: ${String(error)}`)
  }
  return existsSync(JARS)
}

/** Whether tests that need Kafka Streams must be left out. */
export function noKafkaStreams(): boolean {
  return missing('Java, Maven and Kafka Streams', bring())
}

/** Compiles one Java source; gives the classpath to run it with. */
export function compiledForStreams(source: URL, into: string): string {
  const jars = join(JARS, '*')
  execFileSync('javac', ['-proc:none', '-nowarn', '-cp', jars, '-d', into, fileURLToPath(source)], { stdio: 'pipe' })
  return `${into}:${jars}`
}
