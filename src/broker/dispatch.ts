import type { Logger } from '../io/ports.ts'
import type { ConnectionInfo, Handler } from './handler.ts'

/** Where the answer goes; see network/frame-handler.ts. */
export interface ReplySlot {
  send(chunks: readonly Buffer[], release?: () => void): void
  skip(): void
  close(reason: string | undefined): void
}

export interface DispatcherOptions {
  readonly handlers: readonly Handler[]
  readonly logger: Logger
  /** A broken invariant: the node must stop. */
  readonly onFatal: (error: Error) => void
}

export declare class Dispatcher {
  constructor(options: DispatcherOptions)
  /** One request frame; may be given to listeners as their `handle` (bound). */
  readonly handle: (frame: Buffer, connection: ConnectionInfo, slot: ReplySlot) => void
}
