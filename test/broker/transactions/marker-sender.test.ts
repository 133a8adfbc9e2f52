import { expect, test } from 'vitest'
import type { LeaderImage } from '../../../src/broker/transactions/leaders.ts'
import { MarkerSender, type MarkerSenderOptions } from '../../../src/broker/transactions/marker-sender.ts'
import { createLogger } from '../../../src/io/logger.ts'
import { NodeClock } from '../../../src/io/node-clock.ts'
import type { MarkersDue } from '../../../src/transaction/commands.ts'

const NODE = 1
const LISTENER = 'INTERNAL'
const ELSEWHERE = 2
const COORDINATOR_EPOCH = 0
/** The partition that is led elsewhere. */
const AWAY = 2

/** One topic of two partitions that the node itself leads, and one that another leads. */
const IMAGE = {
  topic: (name: string) =>
    name === 'orders' ? { partitions: [{ leader: NODE }, { leader: NODE }, { leader: ELSEWHERE }] } : undefined,
  broker: (id: number) => ({ id, fenced: false, endpoints: [{ name: LISTENER, host: 'here', port: 1 }] }),
} as unknown as LeaderImage

interface Asked {
  readonly markers: readonly { readonly producerId: number; readonly coordinatorEpoch: number }[]
  readonly answer: (errorCode: number) => void
}

/** What is written here, what is asked elsewhere, and completions that end when the test wants. */
function stage() {
  const written: string[] = []
  const asked: Asked[] = []
  const completing: PromiseWithResolvers<void>[] = []
  const options: MarkerSenderOptions = {
    nodeId: NODE,
    image: () => IMAGE,
    listenerName: LISTENER,
    peers: {
      to: () => ({
        request: ({ body: { markers } }: { body: Pick<Asked, 'markers'> }) =>
          new Promise((resolve) => {
            const topics = (errorCode: number) => [
              { name: 'orders', partitions: [{ partitionIndex: AWAY, errorCode }] },
            ]
            const answer = (errorCode: number) =>
              resolve({ markers: markers.map(({ producerId }) => ({ producerId, topics: topics(errorCode) })) })
            asked.push({ markers, answer })
          }),
      }),
    } as unknown as MarkerSenderOptions['peers'],
    local: {
      write: async ({ producerId, topics }) => {
        for (const { name, partitionIndexes } of topics)
          for (const at of partitionIndexes) written.push(`${name}-${at}`)
        const done = ({ partitionIndexes, name }: (typeof topics)[number]) => ({
          name,
          partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode: 0 })),
        })
        return { producerId, topics: topics.map(done) }
      },
    },
    coordinator: {
      complete: () => {
        const end = Promise.withResolvers<void>()
        completing.push(end)
        return end.promise
      },
    },
    clock: new NodeClock(),
    logger: createLogger({ level: 'silent' }),
    timeoutMs: 1_000,
    onFatal: (error) => {
      throw error
    },
  }
  return { sender: new MarkerSender(options), written, asked, completing }
}

function due(decidedAt: number, partition: number, producerId = 7): MarkersDue {
  const partitions = new Map([['orders', new Set([partition])]])
  const producer = { transactionalId: `t${producerId}`, producerId, producerEpoch: 0, clientVersion: 0 }
  return { kind: 'markers', decidedAt, ...producer, commit: true, partitions }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a decision that is told again is carried out once', async () => {
  const { sender, written, completing } = stage()
  sender.add(0, COORDINATOR_EPOCH, due(5, 0))
  sender.add(0, COORDINATOR_EPOCH, due(5, 0))
  await settled()
  sender.add(0, COORDINATOR_EPOCH, due(5, 0))
  expect(written).toEqual(['orders-0'])
  expect(completing).toHaveLength(1)
})

test('the next transaction of a classic producer is ended too, where its end is told before the last one is known as complete', async () => {
  const { sender, written, completing } = stage()
  sender.add(0, COORDINATOR_EPOCH, due(5, 0))
  await settled()
  sender.add(0, COORDINATOR_EPOCH, due(8, 1))
  completing[0]?.resolve()
  await settled()
  expect(written).toEqual(['orders-0', 'orders-1'])
  completing[1]?.resolve()
  await settled()
  expect(sender.remaining('t7')).toBeUndefined()
})

test('what was dropped before it was sent is not sent, because its answer would be taken for that of who came after', async () => {
  const { sender, asked, completing } = stage()
  sender.add(1, COORDINATOR_EPOCH, due(1, AWAY, 8))
  await settled()
  sender.add(0, COORDINATOR_EPOCH, due(5, AWAY))
  sender.drop(0)
  sender.add(0, COORDINATOR_EPOCH + 2, due(5, AWAY))
  asked[0]?.answer(0)
  await settled()
  expect(asked[1]?.markers).toMatchObject([{ producerId: 7, coordinatorEpoch: COORDINATOR_EPOCH + 2 }])
  asked[1]?.answer(0)
  await settled()
  expect(completing).toHaveLength(2)
})
