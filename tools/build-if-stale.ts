import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'

/** Runs before `npm start`, so that nobody runs yesterday's code: builds when a source is newer than the build. */

const MARKER = 'dist/main.js'

function modifiedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function isStale(): boolean {
  const built = modifiedMs(MARKER)
  return globSync('{src/**/*.{ts,tsx,css,html},tools/bundle.ts,vite.config.ts,package.json,tsconfig*.json}').some(
    (file) => modifiedMs(file) > built,
  )
}

if (isStale()) process.exit(spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' }).status ?? 1)
