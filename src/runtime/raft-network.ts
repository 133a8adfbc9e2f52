import type { Clock, Logger, NetAddress } from '../io/ports.ts'
import { RepeatedLine } from '../io/repeated-line.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { RaftReply, RaftRequest } from '../raft/messages.ts'
import type { FailureReason, OutgoingRequest, RaftEvent } from '../raft/types.ts'
import { type PeerClient, type PeerDirectory, PeerError } from './peer-types.ts'
import { callRaft, type RaftCaller } from './raft-rpc.ts'

export interface RaftNetworkOptions {
  readonly peers: PeerDirectory
  readonly caller: RaftCaller
  readonly logger: Logger
  readonly clock: Clock
  readonly step: (event: RaftEvent) => void
  /** -1: nobody is known to lead. */
  readonly leaderId: () => number
  /** What the leader says is committed. */
  readonly onLeaderHighWatermark: (highWatermark: number) => void
  /** The node at this address belongs to another cluster. */
  readonly onForeignCluster: (address: NetAddress) => void
}

/** A fetch is held for long: what can't wait goes another way. */
function purposeOf({ type }: RaftRequest): string {
  return type === 'fetch' || type === 'fetch-snapshot' ? 'raft-fetch' : 'raft'
}

/** By ACLs, and by an authorizer that has not read any yet, as Kafka's answers then. */
const DENIALS: ReadonlySet<string> = new Set(['CLUSTER_AUTHORIZATION_FAILED', 'UNKNOWN_SERVER_ERROR'])
/** How long a broken connection to the leader may take to be made anew, at most. */
const PROBE_TIMEOUT_MS = 1000

/**
 * Makes the machine's RPCs and steps their outcomes in. When the connection to the leader breaks and a new one is refused,
 * the leader is gone: the machine is told at once, not when a fetch times out.
 */
export class RaftNetwork {
  readonly #options: RaftNetworkOptions
  readonly #clients = new Set<PeerClient>()
  readonly #farewells = new Set<Promise<void>>()
  readonly #denied: RepeatedLine
  #closed = false

  constructor(options: RaftNetworkOptions) {
    this.#options = options
    this.#denied = new RepeatedLine(options.clock)
  }

  send(outgoing: OutgoingRequest): void {
    const { to, request } = outgoing
    const client = this.#options.peers.to({ host: to.host, port: to.port }, purposeOf(request))
    this.#clients.add(client)
    const done = this.#call(client, outgoing)
    if (request.type !== 'end-epoch') return
    this.#farewells.add(done)
    void done.finally(() => this.#farewells.delete(done))
  }

  async #call(client: PeerClient, { id, to, request, timeoutMs }: OutgoingRequest): Promise<void> {
    const { caller, step, onForeignCluster, onLeaderHighWatermark } = this.#options
    let reply: RaftReply
    try {
      reply = await callRaft(client, request, timeoutMs, caller)
    } catch (error) {
      if (this.#closed) return
      const reason = this.#reasonOf(error, client.address, request)
      step({ type: 'requestFailed', id, reason })
      this.#leaderLost(client, to.id, reason)
      return
    }
    if (this.#closed) return
    if (reply.error === 'INCONSISTENT_CLUSTER_ID') onForeignCluster(client.address)
    if (DENIALS.has(reply.error)) this.#sayDenied(client.address, request)
    else if (reply.error === 'NONE') this.#denied.over()
    if (reply.type === 'fetch' && reply.error === 'NONE') onLeaderHighWatermark(reply.highWatermark)
    step({ type: 'reply', id, reply })
  }

  /** ACLs are in the metadata, which nobody has before there is a leader: only super users pass until then. */
  #sayDenied({ host, port }: NetAddress, { type }: RaftRequest): void {
    const message =
      'a controller refuses this node: where it has an authorizer, make our principal one of its super.users'
    this.#denied.say(() => this.#options.logger.warn({ host, port, type }, message))
  }

  #reasonOf(error: unknown, { host, port }: NetAddress, { type }: RaftRequest): FailureReason {
    if (error instanceof PeerError) return error.kind === 'busy' ? 'timeout' : error.kind
    this.#options.logger.warn({ err: error, host, port, type }, 'an answer of a controller can not be read')
    return 'disconnected'
  }

  #leaderLost(client: PeerClient, id: number | undefined, reason: FailureReason): void {
    const { leaderId, step } = this.#options
    if (id === undefined || id !== leaderId()) return
    if (reason === 'unreachable') step({ type: 'leaderUnreachable', leaderId: id })
    if (reason !== 'disconnected') return
    client.retryNow()
    client.request({ api: ApiKey.ApiVersions, body: PROBE, timeoutMs: PROBE_TIMEOUT_MS }).catch((error: unknown) => {
      const isGone = error instanceof PeerError && (error.kind === 'unreachable' || error.kind === 'disconnected')
      if (isGone && !this.#closed && id === leaderId()) step({ type: 'leaderUnreachable', leaderId: id })
    })
  }

  /** Resolves when everybody has heard that this node resigns, or the time is over. */
  async farewell(clock: Clock, graceMs: number): Promise<void> {
    if (this.#farewells.size === 0) return
    await new Promise<void>((resolve) => {
      const timer = clock.after(graceMs, resolve)
      void Promise.all(this.#farewells).then(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  close(): void {
    this.#closed = true
    for (const client of this.#clients) client.close()
    this.#clients.clear()
  }
}

const PROBE = { clientSoftwareName: 'odradek', clientSoftwareVersion: '1' }
