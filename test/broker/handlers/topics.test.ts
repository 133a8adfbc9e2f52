import { describe, expect, it } from 'vitest'
import { ErrorCode } from '../../../src/base/errors.ts'
import { ZERO_UUID } from '../../../src/base/ids.ts'
import { OPEN_ACCESS } from '../../../src/broker/access.ts'
import { alterConfigsHandler } from '../../../src/broker/handlers/alter-configs.ts'
import { createPartitionsHandler } from '../../../src/broker/handlers/create-partitions.ts'
import { createTopicsHandler } from '../../../src/broker/handlers/create-topics.ts'
import { deleteTopicsHandler } from '../../../src/broker/handlers/delete-topics.ts'
import { incrementalAlterConfigsHandler } from '../../../src/broker/handlers/incremental-alter-configs.ts'
import { ask, refusingController } from '../../support/admin.ts'

const controller = refusingController('NOT_CONTROLLER', 'Ask again.')
const access = OPEN_ACCESS
const image = () => ({ topic: () => undefined, topicById: () => undefined })
const refused = { errorCode: ErrorCode.NOT_CONTROLLER, errorMessage: 'Ask again.' }

describe('a request that the controller refuses as a whole', () => {
  it('is answered for every topic', async () => {
    const topic = { name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
    const created = await ask(createTopicsHandler({ controller, access }), 7, { topics: [topic] })
    expect(created.topics).toMatchObject([{ name: 't', ...refused }])
    const grown = await ask(createPartitionsHandler({ controller, access }), 3, {
      topics: [{ name: 't', count: 2, assignments: null }],
      timeoutMs: 1,
      validateOnly: false,
    })
    expect(grown.results).toMatchObject([{ name: 't', ...refused }])
    const request = { topics: [{ name: 't', topicId: ZERO_UUID }], timeoutMs: 1 }
    const deleted = await ask(deleteTopicsHandler({ controller, image, access, deletionEnabled: true }), 6, request)
    expect(deleted.responses).toMatchObject([{ name: 't', errorCode: ErrorCode.NOT_CONTROLLER }])
  })

  it('is answered for every resource', async () => {
    const request = { resources: [{ resourceType: 2, resourceName: 't', configs: [] }], validateOnly: false }
    for (const [handler, version] of [
      [alterConfigsHandler({ controller, access }), 2],
      [incrementalAlterConfigsHandler({ controller, access }), 1],
    ] as const) {
      const { responses } = await ask(handler, version, request)
      expect(responses).toEqual([{ resourceType: 2, resourceName: 't', ...refused }])
    }
  })
})

describe('DeleteTopics where delete.topic.enable is false', () => {
  it.each([
    [1, 'INVALID_REQUEST'],
    [2, 'INVALID_REQUEST'],
    [3, 'TOPIC_DELETION_DISABLED'],
    [5, 'TOPIC_DELETION_DISABLED'],
  ] as const)('version %i answers %s', async (version, error) => {
    const handler = deleteTopicsHandler({ controller, image, access, deletionEnabled: false })
    const { responses } = await ask(handler, version, { topicNames: ['a', 'b'], timeoutMs: 1 })
    expect(responses).toMatchObject([
      { name: 'a', errorCode: ErrorCode[error] },
      { name: 'b', errorCode: ErrorCode[error] },
    ])
  })
})
