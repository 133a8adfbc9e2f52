import type { Client } from './client.ts'

export interface Committer {
  readonly groupId: string
  readonly memberId: string
  readonly generationIdOrMemberEpoch: number
}

/** The same offset for each of the topic's three partitions; as a member of a group of either protocol. */
export async function commitOffsets(client: Client, member: Committer, topic: string, offset: number): Promise<void> {
  const partitions = [0, 1, 2].map((partitionIndex) => {
    return { partitionIndex, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: '' }
  })
  const answer = await client.call('OffsetCommit', 9, { ...member, topics: [{ name: topic, partitions }] })
  const { errorCode } = answer.topics[0].partitions[0]
  if (errorCode !== 0) throw new Error(`commit: ${errorCode}`)
}
