import { expect, test } from 'vitest'
import { KafkaClient } from '../../src/client/client.ts'
import { clientCases } from './cases.ts'

clientCases('odradek')

test('says that nobody answers', async () => {
  const nobody = KafkaClient.connect({ bootstrap: [{ host: '127.0.0.1', port: 1 }], clientId: 'test' })
  await expect(nobody).rejects.toMatchObject({ name: 'ClientError', kind: 'unreachable' })
})
