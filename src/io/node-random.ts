import { randomBytes, randomInt } from 'node:crypto'
import type { Random } from './ports.ts'

export class NodeRandom implements Random {
  below(bound: number): number {
    return bound <= 1 ? 0 : randomInt(Math.min(bound, 0xffff_ffff_ffff))
  }

  bytes(size: number): Buffer {
    return randomBytes(size)
  }
}
