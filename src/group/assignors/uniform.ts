import type { AssignorInput, AssignorResult } from './assignor.ts'
import { uniformHeterogeneous } from './uniform-heterogeneous.ts'
import { uniformHomogeneous } from './uniform-homogeneous.ts'

/** As even as it gets, moving as little as possible. */
export function uniform(input: AssignorInput): AssignorResult {
  if (input.members.length === 0) return new Map()
  return input.homogeneous ? uniformHomogeneous(input) : uniformHeterogeneous(input)
}
