import { expect, test } from 'vitest'
import { createTopic } from '../../src/client/admin/topics.ts'
import { KafkaClient } from '../../src/client/client.ts'
import { Producer } from '../../src/client/produce.ts'
import { startBroker } from '../support/broker.ts'
import { clientCases } from './cases.ts'

clientCases('odradek')

test('says that nobody answers', async () => {
  const nobody = KafkaClient.connect({ bootstrap: [{ host: '127.0.0.1', port: 1 }], clientId: 'test' })
  await expect(nobody).rejects.toMatchObject({ name: 'ClientError', kind: 'unreachable' })
})

test('gives up together what waited behind what could not be written', async () => {
  await using broker = await startBroker({ target: 'odradek' })
  const bootstrap = [{ host: '127.0.0.1', port: broker.port }]
  const client = await KafkaClient.connect({ bootstrap, clientId: 'test', requestTimeoutMs: 5_000 })
  await createTopic(client, { name: 'orphan' })
  const producer = new Producer(client, { deliveryTimeoutMs: 500, batchBytes: 1 })
  const send = (value: string) => producer.send({ topic: 'orphan', partition: 0, key: null, value: Buffer.from(value) })
  await send('known')
  await broker.kill()
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, (_, at) => send(`${at}`)))
  const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined))
  expect(reasons).not.toContain(undefined)
  // One reason for nearly all of them, where each was tried for half a second.
  expect(new Set(reasons).size).toBeLessThan(20)
  await client.close()
})
