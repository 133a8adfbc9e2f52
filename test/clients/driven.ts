import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { JsonLines } from '../support/json-lines.ts'
import { compiled, type JavaClasspath, java } from '../support/kafka.ts'
import { python } from '../support/python.ts'
import type { Client, Compression, Member, MemberOptions, Outgoing, Received } from './client.ts'
import { ALL_COMPRESSIONS } from './client.ts'

interface WireRecord {
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string])[]
  readonly timestamp: number
  readonly partition: number
  readonly offset: number
}

const bytes = (text: string | null) => (text === null ? null : Buffer.from(text, 'base64'))

function received(records: unknown): Received[] {
  return (records as WireRecord[]).map((record) => ({
    ...record,
    key: bytes(record.key),
    value: bytes(record.value),
    headers: record.headers.map(([name, value]) => [name, Buffer.from(value, 'base64')] as const),
  }))
}

/** A client of another language, driven over the standard streams of its process. */
export class DrivenClient implements Client {
  readonly compressions = ALL_COMPRESSIONS
  readonly #lines: JsonLines
  #members = 0

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#lines = new JsonLines(child)
  }

  async #call(op: string, fields: object = {}): Promise<unknown> {
    const answer = await this.#lines.call({ op, ...fields })
    if (answer.error !== undefined)
      throw new Error(`${op}: ${String(answer.error)}\n${this.#lines.errors.slice(-3_000)}`)
    return answer.result
  }

  async connect(bootstrap: string): Promise<void> {
    await this.#call('connect', { bootstrap })
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    await this.#call('createTopic', { topic, partitions })
  }

  async produce(topic: string, records: readonly Outgoing[], compression: Compression): Promise<void> {
    const encoded = records.map((record) => ({
      ...record,
      key: record.key?.toString('base64') ?? null,
      value: record.value?.toString('base64') ?? null,
      headers: record.headers.map(([name, value]) => [name, value.toString('base64')]),
    }))
    await this.#call('produce', { topic, compression, records: encoded })
  }

  async consume(topic: string, from: 'beginning' | number, count: number): Promise<Received[]> {
    return received(await this.#call('consume', { topic, from, count }))
  }

  async join(group: string, topic: string, more: MemberOptions = {}): Promise<Member> {
    const member = `m${this.#members++}`
    await this.#call('join', { group, topic, member, ...more })
    return {
      assignment: async () => (await this.#call('assignment', { member })) as number[],
      received: async () => received(await this.#call('received', { member })),
      commit: async () => void (await this.#call('commit', { member })),
      leave: async () => void (await this.#call('leave', { member })),
    }
  }

  async committed(group: string, topic: string): Promise<Record<string, number>> {
    return (await this.#call('committed', { group, topic })) as Record<string, number>
  }

  async listTopics(): Promise<string[]> {
    return (await this.#call('listTopics')) as string[]
  }

  async partitions(topic: string): Promise<number> {
    return (await this.#call('partitions', { topic })) as number
  }

  async getConfig(topic: string, name: string): Promise<string | null> {
    return (await this.#call('getConfig', { topic, name })) as string | null
  }

  async setConfig(topic: string, name: string, value: string): Promise<void> {
    await this.#call('setConfig', { topic, name, value })
  }

  async addPartitions(topic: string, partitions: number): Promise<void> {
    await this.#call('addPartitions', { topic, partitions })
  }

  async deleteRecords(topic: string, partition: number, before: number): Promise<void> {
    await this.#call('deleteRecords', { topic, partition, before })
  }

  async groups(): Promise<string[]> {
    return (await this.#call('groups')) as string[]
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#call('deleteTopic', { topic })
  }

  async clusterId(): Promise<string> {
    return (await this.#call('clusterId')) as string
  }

  close(): Promise<void> {
    return this.#lines.close()
  }
}

const JAVA = [
  new URL('./java/Driver.java', import.meta.url),
  new URL('../support/java/JsonCommands.java', import.meta.url),
]
const PYTHON = new URL('./python/driver.py', import.meta.url)

export const javaClient = (which: JavaClasspath) => new DrivenClient(java(compiled(JAVA, which), 'Driver'))
export const pythonClient = (kind: 'kafka-python' | 'confluent') => new DrivenClient(python(PYTHON, kind))
