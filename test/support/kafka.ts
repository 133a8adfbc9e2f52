import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasProgram, missing } from './available.ts'

const CACHE = join(homedir(), '.cache', 'odradek')
const INSTALLER = fileURLToPath(new URL('./install-kafka.sh', import.meta.url))

function find(): string | undefined {
  if (!hasProgram('java') || !hasProgram('javac')) return undefined
  const wanted = process.env.KAFKA_HOME ?? join(CACHE, 'kafka')
  if (hasProgram('mvn')) {
    try {
      execFileSync('bash', [INSTALLER, wanted], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 600_000 })
    } catch (error) {
      console.log(`could not bring Apache Kafka from Maven Central: ${String(error)}`)
    }
  }
  return [wanted, '/opt/kafka'].find((dir) => existsSync(join(dir, 'libs')))
}

let found: { readonly home: string | undefined } | undefined

function home(): string | undefined {
  found ??= { home: find() }
  return found.home
}

/** Where Apache Kafka's jars are. Call it only below a `describe.skipIf(noKafka())`. */
export function kafkaHome(): string {
  const dir = home()
  if (dir === undefined) throw new Error('Apache Kafka is not installed')
  return dir
}

/** Whether tests that need Java and Apache Kafka's jars must be left out. */
export function noKafka(): boolean {
  return missing('Java, Maven and Apache Kafka', home() !== undefined)
}

export type JavaClasspath = 'kafka' | 'clients-4.4'

export function jars(which: JavaClasspath): string {
  return join(kafkaHome(), which === 'kafka' ? 'libs' : which, '*')
}

/** Compiles Java sources once for their content and the jars; gives the classpath to run them with. */
export function compiled(sources: readonly URL[], against: JavaClasspath): string {
  const paths = sources.map((url) => fileURLToPath(url))
  const hash = createHash('sha256')
  for (const path of paths) hash.update(basename(path)).update(readFileSync(path))
  const classes = join(CACHE, 'classes', `${against}-${hash.digest('hex').slice(0, 16)}`)
  if (!existsSync(classes)) {
    const part = `${classes}.${process.pid}`
    mkdirSync(part, { recursive: true })
    execFileSync('javac', ['-proc:none', '-nowarn', '-cp', jars(against), '-d', part, ...paths], { stdio: 'pipe' })
    try {
      renameSync(part, classes)
    } catch {
      // Another test process was first.
      rmSync(part, { recursive: true, force: true })
    }
  }
  return `${classes}:${jars(against)}`
}

/** For short-lived JVMs: cheap to start rather than fast in the long run. */
export const LIGHT_JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-Xmx512m']

/** `within` is the beginning of a command line that runs the rest of it somewhere else. */
export function java(
  classpath: string,
  mainClass: string,
  jvm: readonly string[] = LIGHT_JVM,
  within: readonly string[] = [],
  own: readonly string[] = [],
) {
  const [command = 'java', ...args] = [...within, 'java', ...jvm, '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']
  return spawn(command, [...args, '-cp', classpath, mainClass, ...own])
}
