import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { build, type Plugin } from 'esbuild'

/**
 * Makes one file of everything that the command line loads: finding and reading hundreds of modules one by one takes longer than all
 * else that a start does. What it is made of stays beside it in dist/: for `import 'odradek'`, and for threads.
 */

const OUT = 'dist/cli'

/** A module goes on finding what lies beside it, from where it would be without the bundle. */
const ownUrls: Plugin = {
  name: 'own-urls',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      const file = relative('src', path).replace(/\.ts$/, '.js')
      const url = `new URL(${JSON.stringify(relative(OUT, `dist/${file}`))}, import.meta.url).href`
      return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' }
    })
  },
}

await build({
  entryPoints: ['src/cli/program.ts'],
  outfile: `${OUT}/program.js`,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  sourcemap: true,
  plugins: [ownUrls],
  // Native modules find their parts beside themselves; who reads along on a terminal, or metrics, can wait for the rest.
  external: ['@node-rs/crc32', 'lz4-napi', 'snappy', 'pino-pretty', 'fastify', 'prom-client'],
  // CommonJS packages in the bundle ask for Node's modules with `require`.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
  logOverride: { 'large-output-file': 'silent' },
})
