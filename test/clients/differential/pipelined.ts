import { isControl, lastOffset, producerEpoch, producerId } from '../../../src/record/header.ts'
import { type BatchView, batches } from '../../../src/record/iterate.ts'
import type { Reply, Request, Session } from './session.ts'
import { type Context, flow, type Step, topicId } from './step.ts'
import { adding, atRest, init, offsets, only, type Producer, produce, settled } from './transactions.ts'

const RACES = 16

function ending(transactionalId: string, producer: Producer, committed: boolean, version: number): Request {
  return ['EndTxn', version, { transactionalId, ...only(producer), committed }]
}

/** All of a transaction in one go on one connection: what was sent first is in it, whatever it waits for. */
const inOneGo = flow('a transaction that is sent at once', { min: 11, max: 13 }, async (context, version) => {
  const id = `at-once-${version}`
  const groupId = `at-once-${version}`
  const bumps = version >= 12
  const first = await init(context, id)
  // What a group's coordinator has yet to load is not what is compared here.
  await settled(context, 'OffsetFetch', 7, { groupId, topics: null })
  const replies: Reply[] = []
  let producer: Producer = first
  const send = async (committed: boolean, ...requests: Request[]) => {
    const answers = await context.session.pipelined([...requests, ending(id, producer, committed, bumps ? 5 : 4)])
    const rested = await atRest(context, id)
    if (bumps) producer = answers.at(-1)
    replies.push(...answers, rested)
  }
  const write = (index: number, baseSequence = 0): Request => [
    'Produce',
    version,
    produce(context, id, producer, index, baseSequence),
  ]
  const add: Request[] = bumps ? [] : [['AddPartitionsToTxn', 3, adding(id, producer)]]
  const join: Request[] = bumps ? [] : [['AddOffsetsToTxn', 3, { transactionalId: id, ...only(producer), groupId }]]
  const commit = (): Request => ['TxnOffsetCommit', bumps ? 5 : 4, offsets(id, producer, groupId)]
  await send(true, ...add, write(0), write(1))
  await send(false, ...add, write(0, bumps ? 0 : 1), write(1, bumps ? 0 : 1))
  await send(true, ...join, commit())
  await send(false, ...join, commit())
  const again = bumps ? 0 : 2
  await send(true, ...add, ...join, write(1, again), commit(), write(0, again), write(1, again + 1))
  replies.push(await context.session.call('OffsetFetch', 7, { groupId, topics: null, requireStable: true }))
  if (bumps) {
    // What comes after the end belongs to no transaction.
    const answers = await context.session.pipelined([write(0), ending(id, producer, true, 5), write(1)])
    producer = answers[1]
    replies.push(...answers, await atRest(context, id))
  }
  // A client that begins anew takes back what it sent before.
  const anew: Request = ['InitProducerId', 5, { transactionalId: id, transactionTimeoutMs: 60_000 }]
  const last = bumps ? 0 : 3
  replies.push(...(await context.session.pipelined([...add, write(0, last), ...join, commit(), anew])))
  replies.push(await atRest(context, id), await init(context, id))
  return replies
})

/** What one producer left in a partition, as `data 0` or `commit 1` with the epochs. */
function traces(all: readonly BatchView[], { producerId: wanted }: Producer): string[] {
  const own = all.filter(({ buffer, at }) => producerId(buffer, at) === wanted)
  return own.map((view) => {
    const [record] = view.records()
    const isCommit = record?.key?.readInt16BE(2) === 1
    const what = isControl(view.buffer, view.at) ? (isCommit ? 'commit' : 'abort') : 'data'
    return `${what} ${producerEpoch(view.buffer, view.at)}`
  })
}

async function everythingIn({ session, topicIds }: Context, name: string, partition: number): Promise<BatchView[]> {
  const all: BatchView[] = []
  for (let fetchOffset = 0; ; ) {
    const asked = { partition, fetchOffset, partitionMaxBytes: 1_000_000 }
    const topics = [{ topic: name, topicId: topicId({ topicIds }, name), partitions: [asked] }]
    const body = { maxWaitMs: 0, minBytes: 0, maxBytes: 1_000_000, isolationLevel: 0, topics, forgottenTopicsData: [] }
    const reply = await session.call('Fetch', 12, { ...body, sessionId: 0, sessionEpoch: -1 })
    const { records, highWatermark } = reply.responses[0].partitions[0]
    const found = records === null ? [] : [...batches(records)]
    all.push(...found)
    const last = found.at(-1)
    if (last === undefined) return all
    fetchOffset = lastOffset(last.buffer, last.at) + 1
    if (fetchOffset >= highWatermark) return all
  }
}

interface Race {
  readonly name: string
  readonly producer: Producer
  readonly committed: boolean
  readonly ended: number
  /** By partition. */
  readonly written: ReadonlyMap<number, number>
}

const FENCED = 47
/** What producers are told who shall send again, because the coordinator had other things to do. */
const NOT_VERIFIED = 19

/** One connection ends the transaction while two others write into it: who is first is nobody's promise. */
async function race(context: Context, others: readonly Session[], number: number): Promise<Race> {
  const name = `race-${number}`
  const producer = await init(context, name)
  await settled(context, 'Produce', 12, produce(context, name, producer, 0))
  const committed = number % 2 === 0
  const write = async (index: number, session: Session) => {
    const body = produce(context, name, producer, index)
    const reply = await settled({ ...context, session }, 'Produce', 12, body, NOT_VERIFIED)
    return [index, reply.responses[0].partitionResponses[0].errorCode] as const
  }
  const end = async () => {
    const [api, version, body] = ending(name, producer, committed, 5)
    return settled(context, api, version, body)
  }
  // Each of them is the first to be sent at times.
  const writes = () => others.map((session, i) => write(i + 1, session))
  const early = number % 3 === 0 ? end() : undefined
  const writing = writes()
  const [reply, written] = await Promise.all([early ?? end(), Promise.all(writing)])
  await atRest(context, name)
  return { name, producer, committed, ended: reply.errorCode, written: new Map(written) }
}

/** What is wrong with how a race went out; Kafka and others may let either side win. */
function wrongWith({ name, producer, committed, ended, written }: Race, logs: readonly BatchView[][]): string[] {
  const wrong = ended === 0 ? [] : [`${name}: the end was answered with ${ended}`]
  const marker = `${committed ? 'commit' : 'abort'} ${producer.producerEpoch + 1}`
  for (const [index, code] of written) {
    const seen = traces(logs[index] ?? [], producer).join(', ')
    const told = code === 0 ? [`data ${producer.producerEpoch}, ${marker}`] : ['', marker]
    if (code !== 0 && code !== FENCED) wrong.push(`${name}: a write was answered with ${code}`)
    if (!told.includes(seen)) wrong.push(`${name}: ${code} was answered, and partition ${index} has ${seen}`)
  }
  return wrong
}

const races: Step = {
  title: 'the end of a transaction beside writes on other connections',
  async run(context) {
    const others = [context.session.another(), context.session.another()]
    const done: Race[] = []
    for (let number = 0; number < RACES; number += 1) done.push(await race(context, others, number))
    for (const session of others) session.close()
    const logs = await Promise.all([[], everythingIn(context, 'wide', 1)])
    const second = await everythingIn(context, 'wide', 2)
    const open = await context.session.call('DescribeProducers', 0, {
      topics: [{ name: 'wide', partitionIndexes: [0, 1, 2] }],
    })
    const ids = new Set(done.map(({ producer }) => producer.producerId))
    const hanging = open.topics[0].partitions.flatMap(({ activeProducers }: Reply) =>
      activeProducers.filter((one: Reply) => ids.has(one.producerId) && one.currentTxnStartOffset >= 0),
    )
    return [...done.flatMap((one) => wrongWith(one, [...logs, second])), { hanging: hanging.length }]
  },
}

/** Ends that come while what they end is still being written. */
export const pipelinedSteps: Step[] = [inOneGo, races]
