import { expect, test } from 'vitest'
import { noKafka } from '../support/kafka.ts'
import { startSaslBroker } from './sasl/sasl-broker.ts'
import { SaslClient } from './sasl/sasl-client.ts'
import { SEQUENCES } from './sasl/sequences.ts'

async function transcripts(target: 'odradek' | 'kafka'): Promise<Map<string, readonly string[]>> {
  await using broker = await startSaslBroker({ target })
  const found = new Map<string, readonly string[]>()
  for (const { name, run } of SEQUENCES) {
    const client = await SaslClient.open(broker.saslPort)
    await run(client)
    client.close()
    found.set(name, client.transcript)
  }
  return found
}

test.skipIf(noKafka())(
  'every order of requests before, in and after a login ends as with Apache Kafka',
  async () => {
    const [kafka, odradek] = await Promise.all([transcripts('kafka'), transcripts('odradek')])
    expect(Object.fromEntries(odradek)).toEqual(Object.fromEntries(kafka))
  },
  180_000,
)
