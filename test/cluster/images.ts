import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeBinary, odradekMain, type TARGET } from '../support/broker.ts'
import { kafkaHome } from '../support/kafka.ts'
import { type Image, parseDockerfile } from './dockerfile.ts'
import { removeAbandoned } from './small-disk.ts'

const ROOT = process.env.ODRADEK_ROOT ?? fileURLToPath(new URL('../../', import.meta.url))

/** An image that is ready to run: what of this machine is to be seen where in it. */
export interface Runnable extends Image {
  readonly mounts: readonly { readonly from: string; readonly to: string }[]
  readonly uid: number
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What `docker build` would make of the Dockerfile: the program is built where the built one is older than its sources. */
export function odradekImage(scratch: string): Runnable {
  const image = parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))
  const dist = builtProgram(scratch)
  const files = image.copies.map(({ from, to }) => ({ from: from === 'dist' ? dist : join(ROOT, from), to }))
  const absent = files.find(({ from }) => !existsSync(from))
  if (absent) throw new Error(`the Dockerfile copies ${absent.from}, which is not there`)
  return {
    ...image,
    env: { PATH, ...image.env },
    uid: image.user === 'node' ? 1000 : 0,
    mounts: [{ from: realNode(), to: '/usr/local/bin/node' }, ...files],
  }
}

function builtProgram(scratch: string): string {
  const main = odradekMain()
  if (main.endsWith('dist/main.js')) return dirname(main)
  const out = join(scratch, 'dist')
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc')
  const built = spawnSync(tsc, ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', out], { encoding: 'utf8' })
  if (!existsSync(join(out, 'main.js'))) throw new Error(`could not build: ${built.stdout}`)
  const pages = join(ROOT, 'dist', 'console')
  if (existsSync(pages)) cpSync(pages, join(out, 'console'), { recursive: true })
  return out
}

function realNode(): string {
  const done = spawnSync('readlink', ['-f', nodeBinary()], { encoding: 'utf8' })
  return done.stdout.trim()
}

/** Does in one file what the scripts of Apache Kafka's image do. */
const KAFKA_RUN = `set -ef
export CLUSTER_ID="\${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}"
LIGHT="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -Xmx512m"
J="-cp /opt/kafka/libs/*"
mkdir -p /tmp/final
java $LIGHT $J kafka.docker.KafkaDockerWrapper setup --default-configs-dir /opt/image --mounted-configs-dir /mnt/shared/config \\
  --final-configs-dir /tmp/final > /tmp/setup.log 2>&1 || grep -qi "already formatted" /tmp/setup.log || { cat /tmp/setup.log; exit 1; }
exec java \${KAFKA_HEAP_OPTS:-$LIGHT} $J kafka.Kafka /tmp/final/server.properties
`
const LOG4J = `Configuration:
  Properties: { Property: [] }
  Appenders: { Console: { name: STDOUT } }
  Loggers: { Root: { level: INFO, AppenderRef: [{ ref: STDOUT }] }, Logger: [] }
`

/** Apache Kafka's image as far as the tests need it, to prove the tests themselves. */
export function kafkaImage(scratch: string): Runnable {
  const folder = join(scratch, 'image')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'run.sh'), KAFKA_RUN)
  writeFileSync(join(folder, 'server.properties'), '')
  for (const name of ['log4j2', 'tools-log4j2']) writeFileSync(join(folder, `${name}.yaml`), LOG4J)
  return {
    workdir: '/tmp',
    env: { PATH },
    user: 'appuser',
    uid: 1000,
    volumes: ['/var/lib/kafka/data', '/mnt/shared/config'],
    entrypoint: ['sh', '/opt/image/run.sh'],
    cmd: [],
    healthcheck: [],
    copies: [],
    mounts: [
      { from: join(kafkaHome(), 'libs'), to: '/opt/kafka/libs' },
      { from: folder, to: '/opt/image' },
    ],
  }
}

/** A directory for one cluster, open to the user of its containers. */
export function scratchDirectory(): string {
  const prefix = join(tmpdir(), 'odradek-cluster-')
  removeAbandoned(prefix)
  const dir = mkdtempSync(`${prefix}${process.pid}-`)
  spawnSync('chmod', ['755', dir])
  return dir
}

export function discard(dir: string): void {
  rmSync(dir, { recursive: true, force: true })
}

export function imageOf(target: typeof TARGET, scratch: string): Runnable {
  return target === 'kafka' ? kafkaImage(scratch) : odradekImage(scratch)
}
