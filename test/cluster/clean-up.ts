import { rmSync } from 'node:fs'
import type { Tools } from '../support/tools.ts'
import type { Compose } from './compose.ts'

/** After the tests of one cluster, as far as their preparation came. */
export async function cleanUp(compose?: Compose, tools?: Tools, dir?: string): Promise<void> {
  await compose?.down()
  await tools?.[Symbol.asyncDispose]()
  if (dir !== undefined) rmSync(dir, { recursive: true, force: true })
}
