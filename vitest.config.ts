import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

/** They start processes. All others live in one process and leave nothing behind in it, so several files may share a worker. */
const processes = ['test/{cli,clients,cluster,node}/**/*.test.ts', 'test/*.test.ts']

export default defineConfig({
  test: {
    pool: 'forks',
    setupFiles: ['test/support/setup.ts'],
    // A wait that is not needed costs nothing, and the machine may be busy.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Those of the first project wait for other processes more than they compute: more of them than cores.
    maxWorkers: availableParallelism() + 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'processes', include: processes } },
      { extends: true, test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: processes, isolate: false } },
    ],
  },
})
