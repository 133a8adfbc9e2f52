import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RequestTrail } from '../../src/broker/request-trail.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { Session } from '../clients/differential/session.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { until } from '../support/wait.ts'

interface Line {
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

const BROKERS = [1, 2, 3]
const RECORD = { timestamp: 1, key: null, value: Buffer.from('v'), headers: [] }

describe('a request in the logs', () => {
  let cluster: NodeCluster
  let session: Session

  /** Lines of level DEBUG of one node. */
  const lines = (id: number): Line[] =>
    cluster.node(id).log.flatMap((line) => {
      const found = /^debug (?<message>.*?) (?<fields>\{.*\})$/.exec(line)?.groups
      return found?.fields === undefined ? [] : [{ message: found.message ?? '', fields: JSON.parse(found.fields) }]
    })

  beforeAll(async () => {
    cluster = await NodeCluster.make({
      roles: { 1: 'broker,controller', 2: 'broker', 3: 'broker' },
      debug: true,
    })
    await cluster.start()
    session = new Session(cluster.node(1).brokerPort)
    const assignments = [{ partitionIndex: 0, brokerIds: BROKERS }]
    const topics = [{ name: 't', numPartitions: -1, replicationFactor: -1, assignments, configs: [] }]
    await session.call('CreateTopics', 7, { topics, timeoutMs: 30_000, validateOnly: false })
  })

  afterAll(() => {
    session?.close()
    cluster?.close()
  })

  it('is followed from its dispatch by append and replication to its answer', async () => {
    await until('the record to be taken', async () => {
      const records = buildBatch({ baseOffset: 0, records: [RECORD] } as never)
      const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
      const { responses } = await session.call('Produce', 9, {
        transactionalId: null,
        acks: -1,
        timeoutMs: 30_000,
        topicData,
      })
      return responses[0].partitionResponses[0].errorCode === 0
    })
    const onLeader = lines(1)
    const appended = onLeader.find(({ message }) => message === 'appended')
    const { request } = appended?.fields ?? {}
    expect(request).toMatch(/^127\.0\.0\.1:\d+-127\.0\.0\.1:\d+-.*#\d+$/)
    const trail = onLeader.filter(({ fields }) => fields.request === request)
    expect(trail.map(({ message }) => message)).toEqual(['dispatched', 'appended', 'replicated', 'answered'])
    const [dispatched, , replicated, answered] = trail
    expect(dispatched?.fields).toMatchObject({ api: 'Produce', version: 9, clientId: 'wire' })
    expect(appended?.fields).toMatchObject({ topic: 't', partition: 0, offset: 0, lastOffset: 0 })
    expect(replicated?.fields).toMatchObject({ topic: 't', partition: 0, offset: 0, highWatermark: 1 })
    expect(answered?.fields).toMatchObject({ api: 'Produce', throttleMs: 0 })
    // Replication carries no ids of requests: who copied is found by the offset.
    for (const id of [2, 3]) {
      await until(`broker ${id} to copy the record`, () =>
        lines(id).some(({ message, fields }) => {
          const { topic, partition, offset, leader } = fields
          return message === 'copied' && topic === 't' && partition === 0 && offset === 0 && leader === 1
        }),
      )
    }
    const fetches = onLeader.filter(({ message, fields }) => message === 'dispatched' && fields.api === 'Fetch')
    expect(fetches.length).toBeGreaterThan(0)
  })
})

describe('RequestTrail', () => {
  it('is none while nothing of level DEBUG is written', () => {
    const connection = {
      get id(): string {
        throw new Error('made an id')
      },
    }
    expect(RequestTrail.of(silentLogger, connection, 1)).toBeUndefined()
  })
})
