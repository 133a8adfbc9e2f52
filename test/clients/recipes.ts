import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasProgram, missing } from '../support/available.ts'
import { nodeBinary } from '../support/broker.ts'
import { jars, LIGHT_JVM, noKafka } from '../support/kafka.ts'
import { type Finished, run } from '../support/process.ts'
import { noPython, PYTHON } from '../support/python.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PINNED = fileURLToPath(new URL('../support/recipes/', import.meta.url))
const CACHE = join(homedir(), '.cache', 'odradek', 'recipes')
const BUILD_MS = 900_000
const RUN_MS = 180_000

/** A program of the README, in a collapsed block with the name of its client. */
export interface Recipe {
  readonly title: string
  readonly language: string
  readonly program: string
}

/** All of the section `heading`. */
export function recipesIn(markdown: string, heading: string): Recipe[] {
  const [, section = ''] = markdown.split(`\n## ${heading}\n`)
  const [own = ''] = section.split('\n## ')
  const blocks =
    /<details><summary>(?<title>[^<]+)<\/summary>\n\n```(?<language>\w+)\n(?<program>.*?)```\n<\/details>/gs
  return [...own.matchAll(blocks)].map(({ groups = {} }) => {
    const { title = '', language = '', program = '' } = groups
    return { title, language, program }
  })
}

interface Toolchain {
  /** Whether it must be left out here, which is said. */
  readonly isMissing: () => boolean
  readonly file: string
  /** What to run in the directory that has the file. */
  readonly command: () => readonly string[]
  /** What else is put there. */
  readonly furnish?: (dir: string) => void
  readonly env?: NodeJS.ProcessEnv
}

/** By the language of a block. */
export const TOOLCHAINS: ReadonlyMap<string, Toolchain> = new Map([
  [
    'java',
    {
      isMissing: noKafka,
      file: 'Hello.java',
      command: () => ['java', ...LIGHT_JVM, '-cp', jars('clients-4.4'), 'Hello.java'],
    },
  ],
  ['python', { isMissing: noPython, file: 'hello.py', command: () => [PYTHON, 'hello.py'] }],
  [
    'js',
    {
      isMissing: () => false,
      file: 'hello.mjs',
      command: () => [nodeBinary(), 'hello.mjs'],
      furnish: (dir) => symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules')),
    },
  ],
  [
    'sh',
    { isMissing: () => missing('kcat', hasProgram('kcat')), file: 'hello.sh', command: () => ['sh', '-e', 'hello.sh'] },
  ],
  [
    'go',
    {
      isMissing: () => unbuildable('go', 'Go', ['go', 'mod', 'download']),
      file: 'main.go',
      command: () => ['go', 'run', '.'],
      furnish: (dir) => cpSync(join(PINNED, 'go'), dir, { recursive: true }),
    },
  ],
  [
    'rust',
    {
      isMissing: () => unbuildable('rust', 'Rust', ['cargo', 'fetch', '--locked']),
      file: 'src/main.rs',
      command: () => ['cargo', 'run', '--quiet', '--locked', '--offline'],
      furnish: (dir) => cpSync(join(PINNED, 'rust'), dir, { recursive: true }),
      // librdkafka is built once, and quickly.
      env: { CARGO_TARGET_DIR: join(CACHE, 'rust'), CFLAGS: '-O0' },
    },
  ],
] as const satisfies readonly (readonly [string, Toolchain])[])

/** Without the toolchain, or where its packages can't be fetched, the recipe is left out: neither belongs to this project. */
function unbuildable(name: string, language: string, fetch: readonly [string, ...string[]]): boolean {
  const [program, ...args] = fetch
  const dir = mkdtempSync(join(tmpdir(), 'odradek-recipe-'))
  try {
    cpSync(join(PINNED, name), dir, { recursive: true })
    mkdirSync(join(dir, 'src'))
    writeFileSync(join(dir, 'src', 'main.rs'), 'fn main() {}\n')
    execFileSync(program, args, { cwd: dir, stdio: 'pipe', timeout: 300_000 })
    return false
  } catch (error) {
    console.log(
      `SKIPPED: the recipe for ${language}, whose packages can't be fetched here: ${String(error).slice(0, 200)}`,
    )
    return true
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Runs a recipe as it stands, but for the broker's address and the topic's name. */
export async function cook({ language, program }: Recipe, bootstrap: string, topic: string): Promise<Finished> {
  const toolchain = TOOLCHAINS.get(language)
  if (toolchain === undefined) throw new Error(`no program runs ${language}`)
  const { file, command, furnish, env } = toolchain
  const dir = mkdtempSync(join(tmpdir(), 'odradek-recipe-'))
  try {
    furnish?.(dir)
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    writeFileSync(join(dir, file), program.replaceAll('localhost:9092', bootstrap).replaceAll(/\bhello\b/g, topic))
    const [name = '', ...args] = command()
    const timeoutMs = env === undefined ? RUN_MS : BUILD_MS
    return await run(name, args, { cwd: dir, timeoutMs, env: { ...process.env, ...env } })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
