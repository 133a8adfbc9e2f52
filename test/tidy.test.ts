import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'
import { describe, expect, test } from 'vitest'

/**
 * The order of the house: what a folder of src may import besides itself. A path names one file or folder in it.
 * Whatever decides sits low and knows little; whatever acts sits high.
 */
const BELOW_RUNTIME = [
  'base',
  'protocol',
  'metrics',
  'record',
  'io',
  'config',
  'raft',
  'metadata',
  'group',
  'transaction',
  'share',
  'telemetry',
]
const IMPORTS: Readonly<Record<string, readonly string[] | 'everything'>> = {
  base: [],
  protocol: ['base'],
  record: ['base'],
  metrics: ['base', 'protocol'],
  io: ['base'],
  config: ['base', 'storage/log-config'],
  raft: ['base', 'protocol', 'record'],
  metadata: ['base', 'protocol', 'record', 'config'],
  group: ['base', 'protocol', 'record', 'metadata'],
  transaction: ['base', 'protocol', 'record', 'metadata'],
  share: ['base', 'protocol', 'record', 'metadata'],
  telemetry: ['base', 'record', 'group/java-order'],
  partition: ['base', 'protocol', 'record', 'metadata'],
  security: ['base', 'protocol', 'record', 'metadata'],
  storage: ['base', 'metrics', 'record', 'io', 'protocol/stored', 'protocol/schema'],
  runtime: [...BELOW_RUNTIME, 'partition', 'security', 'storage'],
  network: ['base', 'protocol', 'metrics', 'io', 'security'],
  broker: [...BELOW_RUNTIME, 'partition', 'security', 'storage', 'runtime'],
  insight: ['base', 'protocol', 'metadata'],
  http: [
    'base',
    'protocol',
    'metrics',
    'io',
    'metadata',
    'group',
    'partition',
    'storage',
    'telemetry',
    'runtime',
    'broker',
    'config',
    'record',
    'security',
    'insight',
    'client',
    'registry',
  ],
  // The browser's code: of the broker it knows the types of what it asks and is answered, and nothing else.
  console: ['http/console/api'],
  registry: ['base', 'io'],
  client: ['base', 'protocol', 'record', 'io', 'config', 'security', 'runtime'],
  cli: 'everything',
  node: 'everything',
  '': 'everything',
}

/** Folders whose code decides and does nothing else: no clock, no chance, no waiting, no input or output. */
const PURE = [
  'base',
  'protocol',
  'metrics',
  'record',
  'config',
  'raft',
  'metadata',
  'group',
  'transaction',
  'share',
  'telemetry',
  'partition',
  'security',
  'insight',
]
/** Pure folders may compute with these all the same: they have no effects. `node:module` loads a native codec late. */
const PURE_MODULES = new Set(['node:zlib', 'node:crypto', 'node:buffer', 'node:util', 'node:module'])
/** Compression on the thread pool is the one thing in a pure folder that is waited for. */
const MAY_WAIT = ['compress', 'builder', 'convert', 'lz4', 'snappy', 'validate'].map((name) => `src/record/${name}.ts`)

const MAX_LINES = 450
/** Where the product begins. */
const ENTRIES = ['src/main.ts', 'src/index.ts', 'src/console/main.tsx']
/** Files that only tests and benchmarks use, each for a reason. */
const FOR_TESTS: readonly string[] = [
  // Seeded, for properties and simulations.
  'src/base/prng.ts',
  // The records of every coordinator are declared and proven by the golden vectors before their coordinators exist.
  ...globSync('src/protocol/stored/*.ts').map((path) => path.split(sep).join('/')),
  // Settings of groups, compared with Kafka's answers; nothing alters them yet.
  'src/config/group-config.ts',
]

const IMPORT = /(?:from\s*|import\s*\(\s*|^import\s+)'([^']+)'/gm

const portable = (path: string): string => path.split(sep).join('/')
const sources = new Map(globSync('src/**/*.{ts,tsx}').map((path) => [portable(path), readFileSync(path, 'utf8')]))

/** The code without its comments and string contents, line by line as it was. */
function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replace(/(^|[^:])\/\/[^\n]*/g, '$1')
}

function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? '')
}

function resolveFrom(path: string, specifier: string): string {
  return portable(normalize(join(dirname(path), specifier)))
}

const folderOf = (path: string): string => /^src\/([^/]+)\//.exec(path)?.[1] ?? ''

function offences(find: (path: string, text: string, code: string) => readonly string[]): string[] {
  return [...sources].flatMap(([path, text]) => find(path, text, codeOf(text)).map((offence) => `${path}: ${offence}`))
}

function linesWith(code: string, pattern: RegExp): string[] {
  return code.split('\n').flatMap((line, at) => (pattern.test(line) ? [`line ${at + 1}: ${line.trim()}`] : []))
}

describe('the house is in order', () => {
  test('every folder has a place', () => {
    expect([...new Set([...sources.keys()].map(folderOf))].filter((folder) => IMPORTS[folder] === undefined)).toEqual(
      [],
    )
  })

  test('folders import only what is below them', () => {
    const found = offences((path, text) => {
      const own = folderOf(path)
      const allowed = IMPORTS[own] ?? []
      if (allowed === 'everything') return []
      return importsOf(text)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolveFrom(path, specifier))
        .filter((target) => folderOf(target) !== own)
        .filter(
          (target) => !allowed.some((place) => target === `src/${place}.ts` || target.startsWith(`src/${place}/`)),
        )
        .map((target) => `imports ${target}`)
    })
    expect(found).toEqual([])
  })

  test('the console carries nothing of the broker to the browser', () => {
    const found = offences((path, text) =>
      folderOf(path) === 'console'
        ? linesWith(text, /^(?:import(?! type)|export)\s.*http\/console\/api\.ts'/).map(
            (line) => `not only a type, ${line}`,
          )
        : [],
    )
    expect(found).toEqual([])
  })

  test('pure folders have no clock, no chance and no effects', () => {
    const banned =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\b|\bset(?:Timeout|Interval|Immediate)\b|\bprocess\.(?:argv|cwd|env|exit|hrtime|memoryUsage|nextTick|on|std\w+)\b|\bconsole\./
    const found = offences((path, text, code) => {
      if (!PURE.includes(folderOf(path))) return []
      const modules = importsOf(text).filter(
        (specifier) => specifier.startsWith('node:') && !PURE_MODULES.has(specifier),
      )
      const waits = MAY_WAIT.includes(path) ? [] : linesWith(code, /\basync\b|\bawait\b|\bnew Promise\b/)
      return [...modules.map((specifier) => `imports ${specifier}`), ...linesWith(code, banned), ...waits]
    })
    expect(found).toEqual([])
  })

  test('nothing is dead: the product reaches every file', () => {
    // Until both roots exist nothing ties the house together.
    if (!existsSync('src/index.ts') || !existsSync('src/node.ts')) return
    const reached = new Set<string>()
    const pending = [...ENTRIES]
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      if (reached.has(path)) continue
      reached.add(path)
      const local = importsOf(sources.get(path) ?? '').filter((specifier) => specifier.startsWith('.'))
      pending.push(...local.map((specifier) => resolveFrom(path, specifier)))
    }
    expect([...sources.keys()].filter((path) => !reached.has(path) && !FOR_TESTS.includes(path))).toEqual([])
  })

  test(`no file is longer than ${MAX_LINES} lines`, () => {
    const found = offences((_path, text) => {
      const lines = text.split('\n').length
      return lines > MAX_LINES ? [`${lines} lines`] : []
    })
    expect(found).toEqual([])
  })

  test('types are not evaded and nothing is put off', () => {
    const evaded = /\bas any\b|<any\b|[\w)\]]!(?:[.;,)\]\s]|$)(?!=)|@ts-(?:ignore|expect-error|nocheck)/
    const found = offences((_path, text, code) => [
      ...linesWith(code, evaded),
      ...linesWith(text, /\b(?:TODO|FIXME|XXX|HACK)\b/),
    ])
    expect(found).toEqual([])
  })
})
