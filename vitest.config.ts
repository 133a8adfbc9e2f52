import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Synchronous code without processes, sockets or files: its tests share workers, for nothing of one can reach another. */
const PURE = '{base,config,group,metadata,partition,protocol,raft,record,security,share,transaction}'
const pure = [`test/${PURE}/**/*.test.ts`]

export default defineConfig({
  test: {
    pool: 'forks',
    setupFiles: ['test/support/setup.ts'],
    // A wait that is not needed costs nothing, and the machine may be busy.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Those of the first project wait for other processes more than they compute.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      { extends: true, test: { name: 'outside', include: ['test/**/*.test.ts'], exclude: pure } },
      { extends: true, test: { name: 'pure', include: pure, isolate: false } },
    ],
  },
})
