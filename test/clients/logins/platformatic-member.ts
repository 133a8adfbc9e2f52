import { createInterface } from 'node:readline'
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import type { Login, Use, Used } from './login-clients.ts'

/** @platformatic/kafka in a process of its own: it throws errors of refused connections where nobody can catch them. */

interface Command extends Login, Use {
  readonly id: number
}

async function use(command: Command): Promise<Used> {
  const { bootstrap, ca, mechanism, user, password, token, topic, values } = command
  const base = {
    clientId: 'platformatic',
    bootstrapBrokers: bootstrap.split(','),
    tls: { ca },
    sasl: mechanism === 'OAUTHBEARER' ? { mechanism, token } : { mechanism, username: user, password },
    retries: 5,
  }
  const producer = new Producer({ ...base, autocreateTopics: true, serializers: stringSerializers })
  const consumer = new Consumer({ ...base, groupId: topic, deserializers: stringDeserializers })
  try {
    await producer.send({ messages: values.map((value) => ({ topic, value })), acks: -1 })
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest' })
    const got: string[] = []
    for await (const { value } of stream) if (got.push(String(value)) >= values.length) break
    return { values: got }
  } finally {
    await producer.close(true).catch(() => {})
    await consumer.close(true).catch(() => {})
  }
}

/** With all that it was made of: the reason is within others. */
function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const inner = [error.cause, ...(error instanceof AggregateError ? error.errors : [])]
  return [String(error), ...inner.filter((one) => one !== undefined).map(saidBy)].join('; ')
}

process.on('uncaughtException', (error) => {
  if ((error as { readonly code?: string }).code === 'PLT_KFK_NETWORK') return
  console.error(error)
  process.exit(1)
})

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as Command
  const reply = await use(command).then(
    (result) => ({ result }),
    (error: unknown) => ({ error: saidBy(error) }),
  )
  console.log(JSON.stringify({ id: command.id, ...reply }))
}
process.exit(0)
