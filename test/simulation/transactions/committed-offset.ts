import type { Addressing } from '../addressing.ts'
import { FETCH_OFFSETS, findCoordinator } from '../committer.ts'

/** A group's offset when no transaction may still change it; -1: none; undefined: not to be had now. */
export async function committedOffset(
  at: Addressing,
  group: string,
  topic: string,
  partition: number,
): Promise<number | undefined> {
  try {
    const coordinator = await findCoordinator(at, group)
    if (coordinator === undefined) return undefined
    const answer = await at.broker(coordinator, FETCH_OFFSETS, 7, {
      groupId: group,
      topics: [{ name: topic, partitionIndexes: [partition] }],
      requireStable: true,
    })
    const found = answer.topics[0]?.partitions[0]
    return answer.errorCode === 0 && found?.errorCode === 0 ? found.committedOffset : undefined
  } catch {
    return undefined
  }
}
