import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { APART, BESIDE, LAZY } from './lazy-modules.ts'
import { NODE_OPTIONS } from './node-options.ts'

/**
 * Makes one file of everything that the command line loads: finding and reading hundreds of modules one by one takes longer than all
 * else that a start does. What it is made of stays beside it in dist/: for `import 'odradek'`, and for threads. Then a start
 * leaves the code that Node compiled meanwhile; see src/main.ts.
 */

const OUT = 'dist/cli'
const BUNDLE = `${OUT}/bundle.cjs`
const COMPILED = `${BUNDLE}.compiled`

/** A module goes on finding what lies beside it, from where it would be without the bundle. */
function ownUrls(from: string, bundleUrl: string): Plugin {
  return {
    name: 'own-urls',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8')
        const url = `new URL(${JSON.stringify(relative(from, built(relative('.', path))))}, ${bundleUrl}).href`
        return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' }
      })
    },
  }
}

/** What the compiler makes of a source. */
function built(source: string): string {
  return source.replace(/^src/, 'dist').replace(/\.ts$/, '.js')
}

/** What they export becomes a getter each: an import names it, and only its use loads it. */
const lazily: Plugin = {
  name: 'lazily',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /./ }, ({ path, kind, namespace }) =>
      kind === 'import-statement' && namespace === 'file' && LAZY.includes(path)
        ? { path, namespace: 'lazy' }
        : undefined,
    )
    onLoad({ filter: /./, namespace: 'lazy' }, async ({ path }) => {
      const names = Object.keys(await import(path))
      return {
        contents: `let loaded
          for (const name of ${JSON.stringify(names)}) {
            Object.defineProperty(exports, name, { enumerable: true, get: () => (loaded ??= __bundleRequire('${path}'))[name] })
          }`,
      }
    })
  },
}

/** They are loaded from beside the bundle, as they were built. */
const apart: Plugin = {
  name: 'apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.{1,2}\// }, ({ path, kind, resolveDir }) => {
      const source = relative('.', join(resolveDir, path))
      if (kind !== 'dynamic-import' || ![...APART, ...BESIDE].includes(source)) return undefined
      return { path: `./${relative(OUT, built(source))}`, external: true }
    })
  },
}

const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  sourcemap: 'linked',
  sourcesContent: false,
  // Names stay: they are in stacks.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
  logOverride: { 'large-output-file': 'silent' },
} as const satisfies BuildOptions

rmSync(COMPILED, { force: true })
const { outputFiles } = await build({
  ...COMMON,
  entryPoints: ['src/cli/program.ts'],
  outfile: BUNDLE,
  write: false,
  format: 'cjs',
  // An import() of a script is an experiment of which Node warns each time.
  supported: { 'dynamic-import': false },
  plugins: [ownUrls(OUT, 'bundleUrl'), lazily, apart],
  // Native modules find their parts beside themselves; who reads along on a terminal, or metrics, can wait for the rest.
  external: ['@node-rs/crc32', 'lz4-napi', 'snappy', 'pino-pretty', 'fastify', 'prom-client'],
  banner: {
    js: "(function (module, require, __filename, __dirname) { const bundleUrl = require('node:url').pathToFileURL(__filename).href, __bundleRequire = require;",
  },
  footer: { js: '})' },
})
for (const entry of BESIDE) {
  const outfile = built(entry)
  await build({
    ...COMMON,
    entryPoints: [entry],
    outfile,
    allowOverwrite: true,
    format: 'esm',
    packages: 'external',
    plugins: [ownUrls(dirname(outfile), 'import.meta.url')],
  })
}
for (const { path, contents, text } of outputFiles) {
  if (path.endsWith('.map')) writeFileSync(path, contents)
  // On the line of the banner, so that the map goes on fitting.
  else writeFileSync(path, `/*${createHash('sha256').update(contents).digest('hex').slice(0, 32)}*/ ${text}`)
}

// Without it a start takes longer, and that is all. Node takes only what it compiled with the same options.
const { status } = spawnSync(process.execPath, [...NODE_OPTIONS, 'tools/compile-bundle.ts', BUNDLE, COMPILED], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
if (status !== 0) console.warn(`${COMPILED} was not made: a start will take longer.`)
