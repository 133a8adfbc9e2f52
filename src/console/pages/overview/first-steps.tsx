import { useState } from 'react'
import type { BrokerRow } from '../../../http/console/api.ts'
import { Button, Card, Command } from '../../kit/controls.tsx'
import { Segments } from '../../kit/form.tsx'
import { navigate } from '../../kit/router.tsx'

type Way = 'odradek' | 'kafka' | 'kcat' | 'node' | 'python' | 'java'

const WAYS: readonly { readonly value: Way; readonly title: string }[] = [
  { value: 'odradek', title: 'Odradek' },
  { value: 'kafka', title: "Kafka's tools" },
  { value: 'kcat', title: 'kcat' },
  { value: 'node', title: 'Node' },
  { value: 'python', title: 'Python' },
  { value: 'java', title: 'Java' },
]

interface Step {
  readonly what: string
  readonly text: (bootstrap: string) => string
}

const STEPS: Readonly<Record<Way, readonly Step[]>> = {
  odradek: [
    { what: 'Create a topic', text: (at) => `npm run -s odradek -- topics create hello --bootstrap-server ${at}` },
    {
      what: 'Write to it, a message a line',
      text: (at) => `echo 'it is here' | npm run -s odradek -- produce hello --bootstrap-server ${at}`,
    },
    {
      what: 'Read it from the beginning',
      text: (at) => `npm run -s odradek -- consume hello --from beginning --bootstrap-server ${at}`,
    },
  ],
  kafka: [
    { what: 'Create a topic', text: (at) => `bin/kafka-topics.sh --bootstrap-server ${at} --create --topic hello` },
    {
      what: 'Write to it, a message a line',
      text: (at) => `bin/kafka-console-producer.sh --bootstrap-server ${at} --topic hello`,
    },
    {
      what: 'Read it from the beginning',
      text: (at) => `bin/kafka-console-consumer.sh --bootstrap-server ${at} --topic hello --from-beginning`,
    },
  ],
  kcat: [
    {
      what: 'Write, a message a line; the topic is made',
      text: (at) => `echo 'it is here' | kcat -b ${at} -t hello -P`,
    },
    { what: 'Read it from the beginning', text: (at) => `kcat -b ${at} -t hello -C -o beginning` },
  ],
  node: [
    {
      what: 'Write and read with @platformatic/kafka',
      text: (at) => `import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'

const bootstrapBrokers = ['${at}']
const producer = new Producer({ clientId: 'hello', bootstrapBrokers, serializers: stringSerializers, autocreateTopics: true })
await producer.send({ messages: [{ topic: 'hello', value: 'it is here' }] })

const consumer = new Consumer({ groupId: 'hello', bootstrapBrokers, deserializers: stringDeserializers })
for await (const { value } of await consumer.consume({ topics: ['hello'], mode: 'earliest' })) console.log(value)`,
    },
  ],
  python: [
    {
      what: 'Write and read with confluent-kafka',
      text: (at) => `from confluent_kafka import Consumer, Producer

producer = Producer({"bootstrap.servers": "${at}"})
producer.produce("hello", "it is here")
producer.flush()

consumer = Consumer({"bootstrap.servers": "${at}", "group.id": "hello", "auto.offset.reset": "earliest"})
consumer.subscribe(["hello"])
while (message := consumer.poll(10)) is not None:
    print(message.value())`,
    },
  ],
  java: [
    {
      what: "In a client's configuration",
      text: (at) => `bootstrap.servers=${at}
key.serializer=org.apache.kafka.common.serialization.StringSerializer
value.serializer=org.apache.kafka.common.serialization.StringSerializer`,
    },
  ],
}

/** An empty broker: how to point a client at it, ready to be copied. */
export function FirstSteps({ brokers }: { readonly brokers: readonly BrokerRow[] }) {
  const [way, setWay] = useState<Way>('odradek')
  const bootstrap = brokers
    .slice(0, 3)
    .map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
    .join(',')
  return (
    <Card
      title="First steps"
      actions={
        <Button look="primary" size="small" icon="plus" onClick={() => navigate('/topics?create=1')}>
          Create a topic
        </Button>
      }
    >
      <div className="stack">
        <p className="soft">
          Nothing is here yet. Point any Kafka client at <b className="mono">{bootstrap}</b>: there is nothing else to
          set.
        </p>
        <Segments label="With what" value={way} choices={WAYS} onChange={setWay} />
        {STEPS[way].map(({ what, text }) => (
          <div className="stack tight" key={what}>
            <h3>{what}</h3>
            <Command text={text(bootstrap)} />
          </div>
        ))}
      </div>
    </Card>
  )
}
