import { existsSync } from 'node:fs'
import { join } from 'node:path'

const OURS = join(import.meta.dirname, '../golden')

/** `GOLDEN_DIR=… npm test` holds the same tests to another set of vectors; what that set lacks is taken from ours. */
export const givenGolden: string | undefined = process.env.GOLDEN_DIR

export const goldenDirectory = givenGolden ?? OURS

export function goldenPath(file: string): string {
  const given = join(goldenDirectory, file)
  return existsSync(given) ? given : join(OURS, file)
}
