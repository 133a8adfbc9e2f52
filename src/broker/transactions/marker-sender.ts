import { InvariantError } from '../../base/assert.ts'
import { KafkaError } from '../../base/errors.ts'
import type { Clock, Logger, Timer } from '../../io/ports.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { type PeerDirectory, PeerError } from '../../runtime/peers.ts'
import type { MarkersDue } from '../../transaction/commands.ts'
import { listed, type PartitionSet } from '../../transaction/partitions.ts'
import type { TransactionCoordinator } from './coordinator.ts'
import { isGone, type LeaderImage, type LeaderOf, leaderOf } from './leaders.ts'
import { afterRefusal, type MarkerRequest, type MarkerResult, type MarkerWriter } from './markers.ts'

export interface MarkerSenderOptions {
  readonly nodeId: number
  readonly image: () => LeaderImage
  /** Of the brokers among each other. */
  readonly listenerName: string
  readonly peers: PeerDirectory
  readonly local: Pick<MarkerWriter, 'write'>
  readonly coordinator: Pick<TransactionCoordinator, 'complete'>
  readonly clock: Clock
  readonly logger: Logger
  /** request.timeout.ms */
  readonly timeoutMs: number
  readonly onFatal: (error: Error) => void
}

/** A decision that is being carried out. */
interface Job {
  readonly due: MarkersDue
  /** Of `__transaction_state`. */
  readonly partition: number
  readonly coordinatorEpoch: number
  /** Topic → partitions whose marker is not written yet. */
  readonly remaining: Map<string, Set<number>>
  /** Requests under way. */
  pending: number
  /** Nobody waits for it any more: another broker coordinates, or it was refused for good. */
  dropped: boolean
}

interface Part {
  readonly job: Job
  readonly request: MarkerRequest
}

interface Destination {
  readonly leader: LeaderOf
  parts: Part[]
  isBusy: boolean
}

const RETRY_MS = 100
const PURPOSE = 'txn-marker-sender'
/** Of one request. */
const MAX_MARKERS = 1000

/**
 * Carries out what transaction coordinators decided: a marker into every partition, wherever it is led, again and again
 * until it is there; then the coordinator notes that the transaction is complete.
 */
export class MarkerSender {
  readonly #options: MarkerSenderOptions
  readonly #jobs = new Map<string, Job>()
  readonly #destinations = new Map<number, Destination>()
  readonly #postponed = new Set<Job>()
  #retry: Timer | undefined
  #closed = false

  constructor(options: MarkerSenderOptions) {
    this.#options = options
  }

  /** What is under way already is not begun again. */
  add(partition: number, coordinatorEpoch: number, due: MarkersDue): void {
    const known = this.#jobs.get(due.transactionalId)
    if (known?.coordinatorEpoch === coordinatorEpoch && known.due.decidedAt === due.decidedAt) return
    if (known !== undefined) known.dropped = true
    const remaining = new Map([...due.partitions].map(([topic, partitions]) => [topic, new Set(partitions)]))
    const job: Job = { due, partition, coordinatorEpoch, remaining, pending: 0, dropped: false }
    this.#jobs.set(due.transactionalId, job)
    this.#dispatch(job)
  }

  /** Where the markers of a decided transaction are not written yet; undefined: nothing is under way. */
  remaining(transactionalId: string): PartitionSet | undefined {
    return this.#jobs.get(transactionalId)?.remaining
  }

  /** Decisions that can't go on at present: for want of a leader, or of a log that takes the note of their end. */
  waiting(): { readonly leaders: number; readonly notes: number } {
    let leaders = 0
    for (const { remaining } of this.#postponed) if (remaining.size > 0) leaders++
    return { leaders, notes: this.#postponed.size - leaders }
  }

  /** This broker does not coordinate the partition any more: whoever does goes on. */
  drop(partition: number): void {
    for (const job of this.#jobs.values()) if (job.partition === partition) this.#forget(job)
  }

  /** Leaders may have changed, and topics may be gone. */
  imageChanged(): void {
    this.#retry?.cancel()
    this.#retry = undefined
    const postponed = [...this.#postponed]
    this.#postponed.clear()
    for (const job of postponed) this.#dispatch(job)
  }

  close(): void {
    this.#closed = true
    this.#retry?.cancel()
    for (const job of this.#jobs.values()) this.#forget(job)
  }

  #forget(job: Job): void {
    job.dropped = true
    this.#postponed.delete(job)
    if (this.#jobs.get(job.due.transactionalId) === job) this.#jobs.delete(job.due.transactionalId)
  }

  #dispatch(job: Job): void {
    if (job.dropped) return
    const { image, listenerName } = this.#options
    const byLeader = new Map<number, { leader: LeaderOf; topics: Map<string, number[]> }>()
    let isHeldUp = false
    for (const { topic, partition } of [...listed(job.remaining)]) {
      const leader = leaderOf(image(), listenerName, topic, partition)
      if (leader === 'gone') done(job, topic, partition)
      else if (leader === undefined) isHeldUp = true
      else {
        const there = byLeader.get(leader.id) ?? { leader, topics: new Map<string, number[]>() }
        byLeader.set(leader.id, there)
        const partitions = there.topics.get(topic)
        if (partitions === undefined) there.topics.set(topic, [partition])
        else partitions.push(partition)
      }
    }
    for (const { leader, topics } of byLeader.values()) this.#send(job, leader, topics)
    if (job.pending > 0) return
    if (isHeldUp) this.#postpone(job)
    else void this.#complete(job)
  }

  #send(job: Job, leader: LeaderOf, topics: ReadonlyMap<string, number[]>): void {
    const { producerId, producerEpoch, commit, clientVersion } = job.due
    const request: MarkerRequest = {
      producerId,
      producerEpoch,
      commit,
      coordinatorEpoch: job.coordinatorEpoch,
      transactionVersion: clientVersion,
      topics: Array.from(topics, ([name, partitionIndexes]) => ({ name, partitionIndexes })),
    }
    job.pending++
    if (leader.id === this.#options.nodeId) {
      this.#options.local.write(request).then(
        (result) => this.#answered({ job, request }, result),
        (error) => this.#options.onFatal(error),
      )
      return
    }
    let to = this.#destinations.get(leader.id)
    if (to?.leader.address.host !== leader.address.host || to.leader.address.port !== leader.address.port) {
      to = { leader, parts: to?.parts ?? [], isBusy: false }
      this.#destinations.set(leader.id, to)
    }
    to.parts.push({ job, request })
    void this.#flush(to)
  }

  /** One request at a time to each broker; what comes meanwhile goes into the next. */
  async #flush(to: Destination): Promise<void> {
    if (to.isBusy) return
    to.isBusy = true
    // Whatever is decided in this turn goes along.
    await Promise.resolve()
    while (to.parts.length > 0 && !this.#closed) {
      // Answers are known by their producers: what was dropped must not be answered for who came after it.
      const parts = to.parts.splice(0, MAX_MARKERS).filter(({ job }) => !job.dropped)
      if (parts.length === 0) continue
      const results = await this.#ask(to.leader, parts)
      parts.forEach((part) => {
        this.#answered(
          part,
          results?.find(({ producerId }) => producerId === part.request.producerId),
        )
      })
    }
    to.isBusy = false
  }

  /** undefined: no answer. */
  async #ask(leader: LeaderOf, parts: readonly Part[]): Promise<readonly MarkerResult[] | undefined> {
    const { peers, timeoutMs, logger, image } = this.#options
    if (isGone(image(), leader)) return undefined
    const { id, address } = leader
    const markers = parts.map(({ request: { commit, ...marker } }) => ({ ...marker, transactionResult: commit }))
    try {
      const api = ApiKey.WriteTxnMarkers
      return (await peers.to(address, PURPOSE).request({ api, body: { markers }, timeoutMs })).markers
    } catch (error) {
      if (!(error instanceof PeerError)) throw error
      logger.info({ broker: id, markers: markers.length }, `markers could not be sent: ${error.message}`)
      return undefined
    }
  }

  #answered({ job, request }: Part, result: MarkerResult | undefined): void {
    job.pending--
    if (job.dropped) return
    let isRefused = false
    for (const { name, partitions } of result?.topics ?? []) {
      if (!request.topics.some((topic) => topic.name === name)) continue
      for (const { partitionIndex, errorCode } of partitions) {
        const next = afterRefusal(errorCode)
        if (next === 'done') done(job, name, partitionIndex)
        if (next === 'never') isRefused = true
      }
    }
    if (isRefused) {
      const { transactionalId } = job.due
      this.#options.logger.warn(
        { transactionalId },
        'a marker was refused for good: somebody newer has the transaction',
      )
      this.#forget(job)
    } else if (job.pending === 0) {
      if (job.remaining.size === 0) void this.#complete(job)
      else this.#postpone(job)
    }
  }

  async #complete(job: Job): Promise<void> {
    const { transactionalId, decidedAt } = job.due
    try {
      await this.#options.coordinator.complete({ transactionalId, decidedAt })
      this.#forget(job)
    } catch (error) {
      if (!(error instanceof KafkaError)) {
        this.#options.onFatal(error instanceof Error ? error : new InvariantError(String(error)))
        return
      }
      if (error.error === 'NOT_COORDINATOR') this.#forget(job)
      else this.#postpone(job)
    }
  }

  #postpone(job: Job): void {
    if (job.dropped || this.#closed) return
    this.#postponed.add(job)
    this.#retry ??= this.#options.clock.after(RETRY_MS, () => this.imageChanged())
  }
}

function done({ remaining }: Job, topic: string, partition: number): void {
  const partitions = remaining.get(topic)
  partitions?.delete(partition)
  if (partitions?.size === 0) remaining.delete(topic)
}
