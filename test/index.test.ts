import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, describe, expect, it } from 'vitest'
import { type Broker, startBroker } from '../src/index.ts'

const directories: string[] = []
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'odradek-'))
  directories.push(directory)
  return directory
}

const clientOf = (broker: Broker) =>
  new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 20 } })

async function produce(broker: Broker, values: readonly string[]): Promise<void> {
  const producer = clientOf(broker).producer()
  await producer.connect()
  await producer.send({ topic: 'greetings', messages: values.map((value) => ({ value })) })
  await producer.disconnect()
}

async function consume(broker: Broker, count: number): Promise<string[]> {
  const consumer = clientOf(broker).consumer({ groupId: `readers-${count}` })
  await consumer.connect()
  await consumer.subscribe({ topic: 'greetings', fromBeginning: true })
  const values: string[] = []
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: { message: { value: Buffer | null } }) => {
      values.push(String(message.value))
      if (values.length === count) resolve()
    }
    consumer.run({ eachMessage }).catch(reject)
  })
  await consumer.disconnect()
  return values
}

describe('startBroker', () => {
  it('serves a stock client from memory', async () => {
    await using broker = await startBroker()
    await produce(broker, ['hello', 'world'])
    expect(await consume(broker, 2)).toEqual(['hello', 'world'])
  })

  it('keeps records in a directory over a restart, and the cluster its id', async () => {
    const directory = newDirectory()
    const first = await startBroker({ storage: { directory } })
    await produce(first, ['one'])
    await first.close()
    await using second = await startBroker({ storage: { directory } })
    await produce(second, ['two'])
    expect(await consume(second, 2)).toEqual(['one', 'two'])
    expect(second.clusterId).toBe(first.clusterId)
  })

  it('runs several brokers in one process', async () => {
    await using one = await startBroker()
    await using other = await startBroker()
    expect(one.port).not.toBe(other.port)
    expect(one.clusterId).not.toBe(other.clusterId)
  })

  it('refuses a directory that another broker uses, and a taken port, and leaves nothing behind', async () => {
    const directory = newDirectory()
    await using broker = await startBroker({ storage: { directory } })
    await expect(startBroker({ storage: { directory } })).rejects.toThrow(/in use|lock/i)
    await expect(startBroker({ port: broker.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await produce(broker, ['still here'])
  })

  it('says which option or config is wrong', async () => {
    await expect(startBroker({ prot: 9092 } as object)).rejects.toThrow('prot')
    await expect(startBroker({ config: { 'num.partitions': 'many' } })).rejects.toThrow('num.partitions')
  })
})
