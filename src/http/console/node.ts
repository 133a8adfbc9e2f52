import type { Insight } from '../../insight/insight.ts'
import type { Logger } from '../../io/ports.ts'
import type { ClientTls } from '../../io/tls.ts'
import type { ConnectionInfo } from '../../protocol/frame-handler.ts'
import type { ApiLatency, Mechanism } from './api.ts'
import type { ConsoleRegistry } from './registry-view.ts'
import type { CommandTarget } from './shell-commands.ts'

/** How a console reaches its cluster: by a listener of its own broker. */
export interface Way {
  readonly listener: string
  readonly host: string
  readonly port: number
  readonly tls: ClientTls | undefined
  /** Empty: whoever comes is anonymous. */
  readonly mechanisms: readonly Mechanism[]
}

export interface Counters {
  readonly bytesIn: number
  readonly bytesOut: number
  readonly requests: number
  readonly connections: number
}

/** What a console knows of the node that it is in. Plain values and functions: the console may be of another bundle. */
export interface ConsoleNode {
  readonly nodeId: number
  readonly clusterId: string
  readonly version: string
  readonly hasAuthorizer: boolean
  /** Why there is none, in plain words. */
  readonly way: () => Way | { readonly obstacle: string }
  /** Names under which it may be opened, in lower case, besides addresses; `*`: any. */
  readonly hosts: () => readonly string[]
  /** The core of the schema registry of this broker, if it has one. */
  readonly hasRegistry: boolean
  readonly registry: () => Promise<ConsoleRegistry | undefined>
  readonly insight: Pick<Insight, 'refusals' | 'isr' | 'look'>
  readonly connections: () => Iterable<ConnectionInfo>
  readonly latencies: () => ApiLatency[]
  readonly counters: () => Counters
  /** This broker, as a shell command would name it. */
  readonly bootstrap: () => CommandTarget
  readonly monotonicMs: () => number
  readonly logger: Logger
  /** Where the files for browsers are. */
  readonly files: string
}
