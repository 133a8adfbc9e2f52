import { describe, expect, test } from 'vitest'
import { createLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { ALL_ACLS } from '../support/all-acls.ts'
import { OneNode } from '../support/one-node.ts'

const AUTHORIZER = { 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer' }
const OPEN = { ...AUTHORIZER, 'super.users': 'User:ANONYMOUS' }
const CLOSED = { ...AUTHORIZER, 'super.users': 'User:admin' }
const CLUSTER_AUTHORIZATION_FAILED = 31
const BROKER_LOGGER = 8

const CREATION = {
  resourceType: 2,
  resourceName: 'orders',
  resourcePatternType: 3,
  principal: 'User:alice',
  host: '*',
  operation: 3,
  permissionType: 3,
}
describe('a node with an authorizer', () => {
  test('keeps its ACLs when it starts again', async () => {
    const disk = new MemoryDisk()
    {
      await using node = await OneNode.start({ disk, overrides: OPEN })
      const { results } = await node.call('CreateAcls', 3, { creations: [CREATION] })
      expect(results).toEqual([{ errorCode: 0, errorMessage: '' }])
    }
    await using node = await OneNode.start({ disk, overrides: OPEN })
    const { resources } = await node.call('DescribeAcls', 3, ALL_ACLS)
    const { principal, host, operation, permissionType } = CREATION
    const acls = [{ principal, host, operation, permissionType }]
    expect(resources).toEqual([{ resourceType: 2, resourceName: 'orders', patternType: 3, acls }])
  })

  test.each([
    ['', {}],
    [', whose controller waits for them', { 'early.start.listeners': 'PLAINTEXT' }],
  ])('shows strangers nothing of its ACLs, and says so in its log%s', async (_title, more) => {
    const lines: Record<string, unknown>[] = []
    const logger = createLogger({ destination: { write: (text) => lines.push(JSON.parse(text)) } })
    await using node = await OneNode.start({ overrides: { ...CLOSED, ...more }, logger })
    const { results } = await node.call('CreateAcls', 3, { creations: [CREATION, CREATION] })
    expect(results.map((result: { errorCode: number }) => result.errorCode)).toEqual([31, 31])
    const { filterResults } = await node.call('DeleteAcls', 3, { filters: [ALL_ACLS] })
    expect(filterResults[0]).toMatchObject({ errorCode: CLUSTER_AUTHORIZATION_FAILED, matchingAcls: [] })
    const described = await node.call('DescribeAcls', 3, ALL_ACLS)
    expect(described).toMatchObject({ errorCode: CLUSTER_AUTHORIZATION_FAILED, resources: [] })
    const denied = lines.filter(({ msg }) => msg === 'denied')
    expect(denied.map(({ request, operation, resource }) => [request, operation, resource])).toEqual([
      ['CreateAcls', 'ALTER', 'Cluster:LITERAL:kafka-cluster'],
      ['DeleteAcls', 'ALTER', 'Cluster:LITERAL:kafka-cluster'],
      ['DescribeAcls', 'DESCRIBE', 'Cluster:LITERAL:kafka-cluster'],
    ])
    expect(denied[0]).toMatchObject({ principal: 'User:ANONYMOUS', host: '127.0.0.1', rule: 'DefaultDeny' })
  })

  test('tells of what it allows when the level of its audit is DEBUG', async () => {
    const lines: Record<string, unknown>[] = []
    const logger = createLogger({ destination: { write: (text) => lines.push(JSON.parse(text)) } })
    await using node = await OneNode.start({ overrides: OPEN, logger })
    const levels = { 'kafka.authorizer.logger': 'DEBUG' }
    expect(await node.alter(BROKER_LOGGER, '1', levels)).toEqual([0, null])
    await node.call('DescribeAcls', 3, ALL_ACLS)
    const allowed = lines.filter(({ msg, request }) => msg === 'allowed' && request === 'DescribeAcls')
    expect(allowed).toMatchObject([{ operation: 'DESCRIBE', rule: 'SuperUser', result: 'Allowed' }])
  })
})

test('without an authorizer there are no ACLs', async () => {
  await using node = await OneNode.start()
  expect(await node.call('DescribeAcls', 1, ALL_ACLS)).toMatchObject({ errorCode: 54, resources: [] })
  const { results } = await node.call('CreateAcls', 1, { creations: [CREATION] })
  expect(results).toEqual([{ errorCode: 54, errorMessage: 'No Authorizer is configured.' }])
})
