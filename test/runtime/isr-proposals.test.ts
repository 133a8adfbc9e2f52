import { describe, expect, it } from 'vitest'
import type { TopicId } from '../../src/base/ids.ts'
import { silentLogger } from '../../src/io/logger.ts'
import type { IsrVerdict } from '../../src/partition/assignment.ts'
import type { AlterPartitionRequestData } from '../../src/protocol/messages/alter-partition.ts'
import type { ControllerRequests } from '../../src/runtime/controller-types.ts'
import { DirectoryAssignments } from '../../src/runtime/directory-assignments.ts'
import { IsrProposals } from '../../src/runtime/isr-proposals.ts'
import { Life, SimulatedClock } from '../simulation/machine-room.ts'
import { Scheduler } from '../simulation/scheduler.ts'

const A = 'dG9waWMtaWQtb2YtdGVzdA' as TopicId
const B = 'dG9waWMtaWQtb2YtdGVzdQ' as TopicId

type Answer = (body: never) => unknown

function world(...answers: Answer[]) {
  const scheduler = new Scheduler()
  const clock = new SimulatedClock(scheduler, new Life(), 'node')
  const sent: never[] = []
  const request = async ({ body }: { body: never }) => {
    sent.push(body)
    const answer = answers.shift()
    if (answer === undefined) throw new Error('nobody is there')
    return answer(body)
  }
  const controller = { request } as unknown as ControllerRequests
  return { scheduler, sent, options: { nodeId: 1, brokerEpoch: () => 7, controller, clock, logger: silentLogger } }
}

const errors =
  (...codes: number[]): Answer =>
  (body: AlterPartitionRequestData) => ({
    errorCode: 0,
    topics: body.topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: codes.shift() ?? 0,
        isr: [1, 2],
        leaderEpoch: 3,
        partitionEpoch: 5,
      })),
    })),
  })

function proposed(topicId: TopicId, partition: number, verdicts: IsrVerdict[], isObsolete = () => false) {
  const isr = [{ brokerId: 1, brokerEpoch: 7 }]
  const proposal = { kind: 'shrink' as const, leaderEpoch: 3, partitionEpoch: 4, isr }
  return { topicId, partition, proposal, isObsolete, settle: (verdict: IsrVerdict) => verdicts.push(verdict) }
}

describe('IsrProposals', () => {
  it('sends together what comes together, and tells what became of it', async () => {
    const { scheduler, sent, options } = world(errors(0, 107, 0))
    const verdicts: IsrVerdict[] = []
    const proposals = new IsrProposals(options)
    for (const [topic, partition] of [
      [A, 0],
      [A, 1],
      [B, 0],
    ] as const) {
      proposals.submit(proposed(topic, partition, verdicts))
    }
    await scheduler.runFor(100)
    expect(sent).toMatchObject([
      {
        brokerId: 1,
        brokerEpoch: 7,
        topics: [
          { topicId: A, partitions: [{ partitionIndex: 0, partitionEpoch: 4 }, { partitionIndex: 1 }] },
          { topicId: B, partitions: [{ partitionIndex: 0 }] },
        ],
      },
    ])
    const committed = { kind: 'committed', isr: [1, 2], leaderEpoch: 3, partitionEpoch: 5 }
    expect(verdicts).toEqual([committed, { kind: 'refused', error: 'INELIGIBLE_REPLICA' }, committed])
  })

  it('tries again what met nobody, a refusal of the whole, or an error that says nothing', async () => {
    const nobody: Answer = () => {
      throw new Error('unreachable')
    }
    const { scheduler, sent, options } = world(nobody, () => ({ errorCode: 77, topics: [] }), errors(-1), errors(0))
    const verdicts: IsrVerdict[] = []
    new IsrProposals(options).submit(proposed(A, 0, verdicts))
    await scheduler.runFor(1000)
    expect(sent.length).toBe(4)
    expect(verdicts).toHaveLength(1)
  })

  it('forgets what the metadata has overtaken, and sends only the latest of a partition', async () => {
    const { scheduler, sent, options } = world(() => {
      throw new Error('unreachable')
    }, errors(0))
    const verdicts: IsrVerdict[] = []
    let isObsolete = false
    const proposals = new IsrProposals(options)
    proposals.submit(proposed(A, 0, verdicts, () => isObsolete))
    await scheduler.runFor(10)
    isObsolete = true
    await scheduler.runFor(200)
    expect(sent.length).toBe(1)
    proposals.submit(proposed(A, 0, verdicts, () => true))
    proposals.submit(proposed(A, 0, verdicts))
    await scheduler.runFor(200)
    expect([sent.length, verdicts.length]).toEqual([2, 1])
  })
})

describe('DirectoryAssignments', () => {
  it('tells of each directory what is in it, until the controller has answered', async () => {
    const done: Answer = (body: {
      directories: { id: string; topics: { topicId: string; partitions: object[] }[] }[]
    }) => ({
      errorCode: 0,
      directories: body.directories.map(({ id, topics }) => ({
        id,
        topics: topics.map(({ topicId, partitions }) => ({
          topicId,
          partitions: partitions.map((partition) => ({ ...partition, errorCode: 0 })),
        })),
      })),
    })
    const { scheduler, sent, options } = world(() => ({ errorCode: 77, directories: [] }), done)
    const news = new Set(['0', '1'])
    const isNews = (_topic: TopicId, partition: number) => news.has(String(partition))
    const assignments = new DirectoryAssignments({ ...options, isNews })
    assignments.assign(A, 0, B)
    assignments.assign(A, 1, B)
    assignments.assign(A, 2, B)
    await scheduler.runFor(10_000)
    const directories = [
      { id: B, topics: [{ topicId: A, partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }] }] },
    ]
    expect(sent).toEqual([1, 2].map(() => ({ brokerId: 1, brokerEpoch: 7, directories })))
  })
})
