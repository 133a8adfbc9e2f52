/** What ends the rest of a partition. */
export type Disturbance =
  /** Its log is written further. */
  | 'appended'
  /** More is committed. */
  | 'committed'
  /** Its role, its epoch, its replicas in sync, or where its log begins. */
  | 'changed'

export interface Sleeper {
  readonly follower: number
  /** When it fetched last. */
  readonly heardMs: number
  /** Told once. `bytes`: how much was appended. */
  wake(cause: Disturbance, bytes: number): void
}
