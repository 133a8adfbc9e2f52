import { expect, it } from 'vitest'
import type { Uuid } from '../../src/base/ids.ts'
import { type ShareView, shareFamilies } from '../../src/http/metrics/shares.ts'
import { CoordinatorMetrics } from '../../src/metrics/coordinator-metrics.ts'
import { AcknowledgeMetrics, ShareStateMetrics } from '../../src/metrics/share-metrics.ts'
import { ShareSessions } from '../../src/share/sessions.ts'

it('counts share sessions and their partitions', async () => {
  const sessions = new ShareSessions(10)
  const view: ShareView = {
    sessions,
    host: { metrics: new CoordinatorMetrics(), status: () => ({ active: 0, loading: 0, queued: 0 }) },
    states: new ShareStateMetrics(),
    acknowledged: new AcknowledgeMetrics(),
    inFlight: () => [],
    pruned: new Map(),
  }
  const read = () =>
    Promise.all(
      shareFamilies(view, () => 0)
        .filter(({ name }) => name.startsWith('kafka_server_sharesessioncache'))
        .map(async ({ collect }) => [...(await collect())].map(({ value }) => value)),
    )
  expect(await read()).toEqual([[0], [0]])
  const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ' as Uuid
  sessions.begin('g', 'a', 'c', [
    { topicId, partition: 0 },
    { topicId, partition: 1 },
  ])
  sessions.begin('g', 'b', 'c', [{ topicId, partition: 0 }])
  expect(await read()).toEqual([[2], [3]])
  sessions.end('g', 'a')
  expect(await read()).toEqual([[1], [1]])
})
