import { ApiKey } from '../../../src/protocol/apis.ts'
import { ListOffsetsRequest, ListOffsetsResponse } from '../../../src/protocol/messages/list-offsets.ts'
import type { Isolation, Place } from '../../history/event.ts'
import { committedOffset } from './committed-offset.ts'
import { fetchIsolated } from './isolated-fetch.ts'
import { GROUP, type Ledger } from './ledger.ts'

const LIST = { key: ApiKey.ListOffsets, request: ListOffsetsRequest, response: ListOffsetsResponse }
const LATEST = -1
const ISOLATIONS = ['read_uncommitted', 'read_committed'] as const

/** Reads all partitions on and on, until it has come to the ends that it is told when nobody writes any more. */
export async function readOn(
  name: string,
  isolation: Isolation,
  ledger: Ledger,
  ends: () => ReadonlyMap<Place, number> | undefined,
): Promise<void> {
  const { recorder, random, input, output, partitions } = ledger
  const at = ledger.client()
  const positions = new Map<Place, number>()
  const isDone = () =>
    [...(ends() ?? [['', 1]])].every(([place, end]) => (positions.get(String(place)) ?? 0) >= Number(end))
  for (let seek = false; !isDone(); ) {
    const topic = random.below(2) === 0 ? input : output
    const partition = random.below(partitions)
    const place = `${topic}-${partition}`
    const end = ends()?.get(place)
    if (end !== undefined && (positions.get(place) ?? 0) >= end) continue
    // Now and then somebody looks at all of it again.
    seek = random.below(100) === 0 && ends() === undefined
    const from = seek ? 0 : (positions.get(place) ?? 0)
    recorder.invoke(name, 'poll')
    const answer = await fetchIsolated(
      at,
      isolation,
      topic,
      partition,
      from,
      end === undefined ? 100 + random.below(4_000) : 100_000,
    )
    const type = answer === undefined ? ('fail' as const) : ('ok' as const)
    recorder.polled(name, { type, isolation, polls: answer === undefined ? [] : [{ ...answer.poll, seek }] })
    if (answer === undefined) await at.sleep(50 + random.below(50))
    else positions.set(place, answer.poll.next)
  }
}

/** Looks where partitions end, and how far the group has come. */
export async function watch(name: string, ledger: Ledger): Promise<void> {
  const { recorder, random, input, output, partitions, isOver } = ledger
  const at = ledger.client()
  while (!isOver()) {
    const partition = random.below(partitions)
    if (random.below(3) === 0) {
      recorder.invoke(name, 'committed')
      const offset = await committedOffset(at, GROUP, input, partition)
      const offsets = offset === undefined ? {} : { [`${input}-${partition}`]: offset }
      recorder.committed(name, { type: offset === undefined ? 'fail' : 'ok', group: GROUP, offsets })
    } else await watchEnd(name, ledger, random.below(2) === 0 ? input : output, partition, at)
    await at.sleep(random.below(100))
  }
}

async function watchEnd(
  name: string,
  { recorder, random }: Ledger,
  topic: string,
  partition: number,
  at: ReturnType<Ledger['client']>,
): Promise<void> {
  const isolationLevel = random.below(2)
  const isolation = ISOLATIONS[isolationLevel] ?? 'read_committed'
  recorder.invoke(name, 'ends')
  let end: number | undefined
  let epoch = -1
  try {
    const leader = await at.leader(topic, partition)
    if (leader !== undefined && leader >= 0) {
      const answer = await at.broker(leader, LIST, 8, {
        replicaId: -1,
        isolationLevel,
        topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp: LATEST }] }],
      })
      const found = answer.topics[0]?.partitions[0]
      if (found?.errorCode === 0) {
        end = found.offset
        epoch = found.leaderEpoch
      }
    }
  } catch {}
  if (end === undefined) at.forgetLeader(topic, partition)
  const ends = end === undefined ? {} : { [`${topic}-${partition}`]: end }
  recorder.ended(name, { type: end === undefined ? 'fail' : 'ok', isolation, ends, epoch })
}
