import { ErrorCode } from '../../src/base/errors.ts'
import type { Addressing } from './addressing.ts'
import { FETCH, FETCH_VERSION, valuesOf } from './fetching.ts'
import { Violation } from './history.ts'
import type { Workload } from './workload.ts'

/** A session as the client knows it: what the broker believes to be asked for. */
interface Session {
  id: number
  epoch: number
  readonly asked: Map<number, number>
}

/** Reads a topic as clients do: one incremental session with each broker, for all partitions that it leads (KIP-227). */
export async function consumeBySessions(at: Addressing, workload: Workload): Promise<void> {
  const { random } = workload
  const offsets = new Array<number>(workload.partitions).fill(0)
  const sessions = new Map<number, Session>()
  while (!workload.isOver()) {
    try {
      const leaders = new Map<number, number[]>()
      for (let partition = 0; partition < offsets.length; partition++) {
        const leader = await at.leader(workload.topic, partition)
        if (leader === undefined || leader < 0) at.forgetLeader(workload.topic, partition)
        else leaders.set(leader, [...(leaders.get(leader) ?? []), partition])
      }
      const brokers = [...leaders.keys()]
      const broker = brokers[random.below(brokers.length)]
      if (broker !== undefined) await fetchBy(at, workload, sessions, broker, leaders.get(broker) ?? [], offsets)
      else await at.sleep(100)
    } catch (error) {
      if (error instanceof Violation) throw error
      for (let partition = 0; partition < offsets.length; partition++) at.forgetLeader(workload.topic, partition)
      await at.sleep(100)
    }
  }
}

async function fetchBy(
  at: Addressing,
  { topic, history }: Workload,
  sessions: Map<number, Session>,
  broker: number,
  partitions: readonly number[],
  offsets: number[],
): Promise<void> {
  const session = sessions.get(broker) ?? { id: 0, epoch: 0, asked: new Map<number, number>() }
  sessions.delete(broker)
  const changed = partitions.filter((partition) => session.asked.get(partition) !== offsets[partition])
  const forgotten = [...session.asked.keys()].filter((partition) => !partitions.includes(partition))
  const asked = new Map(partitions.map((partition) => [partition, offsets[partition] ?? 0]))
  const answer = await at.broker(broker, FETCH, FETCH_VERSION, {
    maxWaitMs: 100,
    minBytes: 1,
    maxBytes: 1_000_000,
    isolationLevel: 0,
    sessionId: session.id,
    sessionEpoch: session.epoch,
    topics: changed.map((partition) => ({
      topic,
      partitions: [{ partition, fetchOffset: asked.get(partition) ?? 0, partitionMaxBytes: 1_000 }],
    })),
    forgottenTopicsData: forgotten.length > 0 ? [{ topic, partitions: forgotten }] : [],
    rackId: '',
  })
  if (answer.errorCode !== 0) {
    const known: readonly number[] = [
      ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
      ErrorCode.INVALID_FETCH_SESSION_EPOCH,
      ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
    ]
    if (!known.includes(answer.errorCode)) throw new Violation(`a fetch in a session gave error ${answer.errorCode}`)
    return
  }
  if (session.id !== 0 && answer.sessionId !== session.id) {
    throw new Violation(`a fetch in session ${session.id} was answered in ${answer.sessionId}`)
  }
  if (answer.sessionId !== 0) sessions.set(broker, { id: answer.sessionId, epoch: session.epoch + 1, asked })
  for (const { partitions: results } of answer.responses) {
    for (const result of results) {
      const partition = result.partitionIndex
      const offset = asked.get(partition)
      const name = `${topic}-${partition}`
      if (offset === undefined) throw new Violation(`a session gave ${name}, which was not asked for`)
      if (result.errorCode !== 0) {
        at.forgetLeader(topic, partition)
        continue
      }
      const { values, nextOffset } = valuesOf(name, offset, result)
      for (const [at, value] of values) history.read(name, at, value)
      offsets[partition] = nextOffset
    }
  }
}
