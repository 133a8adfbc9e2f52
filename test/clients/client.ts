import { until } from '../support/wait.ts'

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

export interface Outgoing {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [string, Buffer])[]
  readonly partition: number
  readonly timestamp: number
}

export interface Received extends Outgoing {
  readonly offset: number
}

/** A member of a consumer group that polls by itself. */
export interface Member {
  assignment(): Promise<number[]>
  received(): Promise<Received[]>
  commit(): Promise<void>
  leave(): Promise<void>
}

export interface MemberOptions {
  readonly protocol?: 'classic' | 'consumer'
  /** Instead of the topic: those that the broker finds by this regular expression. */
  readonly pattern?: string
}

/** What every real client must be able to do against the broker; one adapter for each client library. */
export interface Client {
  readonly compressions: readonly Compression[]
  /** The client's admin part lacks these. */
  readonly lacks?: readonly ('deleteRecords' | 'clusterId')[]
  connect(bootstrap: string): Promise<void>
  createTopic(topic: string, partitions: number): Promise<void>
  produce(topic: string, records: readonly Outgoing[], compression: Compression): Promise<void>
  consume(topic: string, from: 'beginning' | number, count: number): Promise<Received[]>
  join(group: string, topic: string): Promise<Member>
  committed(group: string, topic: string): Promise<Record<string, number>>
  listTopics(): Promise<string[]>
  partitions(topic: string): Promise<number>
  getConfig(topic: string, name: string): Promise<string | null>
  setConfig(topic: string, name: string, value: string): Promise<void>
  addPartitions(topic: string, partitions: number): Promise<void>
  deleteRecords(topic: string, partition: number, before: number): Promise<void>
  groups(): Promise<string[]>
  deleteTopic(topic: string): Promise<void>
  clusterId(): Promise<string>
  close(): Promise<void>
}

export const ALL_COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** A commit that meets a rebalance or a restart is refused, and right another time. */
export async function commit(member: Member): Promise<void> {
  await until('a commit', () => member.commit().then(() => true))
}
