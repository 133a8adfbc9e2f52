import type { Api } from '../protocol/apis.ts'

/** A request that was sent, or is about to be. */
export interface Sent {
  readonly api: Api
  readonly version: number
  /** Its answer's frame is to come from the given memory. */
  readonly isLeased?: boolean
  readonly isUnanswered?: boolean
  answered(answer: unknown, frame: Buffer): void
}
