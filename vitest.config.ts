import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/** They start processes. All others live in one process and leave nothing behind in it, so several files may share a worker. */
const processes = ['test/{cli,clients,cluster,node}/**/*.test.ts', 'test/*.test.ts']

/** Comparisons of many thousand cases, left out where nobody has the time: .ci/run and `LONG=1 npm test` make them. */
const long = process.env.LONG === undefined ? ['**/*.long.test.ts'] : []
if (long.length > 0) console.log('SKIPPED: the *.long.test.ts; LONG=1 runs them')

export default defineConfig({
  test: {
    pool: 'forks',
    setupFiles: ['test/support/setup.ts'],
    // A wait that is not needed costs nothing, and the machine may be busy.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Those of the first project wait for other processes more than they compute: more of them than cores.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'processes', include: processes, exclude: long } },
      {
        extends: true,
        test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: [...processes, ...long], isolate: false },
      },
    ],
  },
})
