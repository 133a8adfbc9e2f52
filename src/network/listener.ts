import type { Clock, Logger } from '../io/ports.ts'
import type { FrameHandler } from './frame-handler.ts'

export interface ListenerOptions {
  readonly name: string
  readonly securityProtocol: 'PLAINTEXT'
  /** Empty: all addresses. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly handle: FrameHandler
  readonly shared: SharedLimits
  readonly clock: Clock
  readonly logger: Logger
  readonly settings?: Partial<ConnectionSettings>
}

export interface ConnectionSettings {
  /** socket.request.max.bytes */
  readonly maxFrameBytes: number
  /** connections.max.idle.ms */
  readonly maxIdleMs: number
  /** socket.listen.backlog.size */
  readonly backlog: number
}

/** What all listeners of a broker share. */
export declare class SharedLimits {
  constructor(limits?: {
    maxConnections?: number
    maxConnectionsPerIp?: number
    perIpOverrides?: ReadonlyMap<string, number>
  })
}

export declare class Listener {
  /** Resolves when the port is bound; rejects with the system's error (`code` EADDRINUSE…). */
  static open(options: ListenerOptions): Promise<Listener>
  get name(): string
  get port(): number
  get connectionCount(): number
  /** Takes no more connections, lets answers under way leave for at most `graceMs`, then closes all. */
  close(graceMs: number): Promise<void>
}
