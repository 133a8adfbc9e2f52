import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildBatch } from '../../src/record/builder.ts'
import { OneNode } from '../support/one-node.ts'
import { until } from '../support/wait.ts'

describe('metrics of quotas', () => {
  let one: OneNode

  const lines = async () => {
    const text = await (await fetch(`http://127.0.0.1:${one.node.http[0]?.port}/metrics`)).text()
    return text.split('\n').filter((line) => line.startsWith('kafka_server_quota_'))
  }

  async function produce(): Promise<number> {
    const record = { timestamp: Date.now(), key: null, value: Buffer.alloc(1_000), headers: [] }
    const topicData = [
      { name: 't', partitionData: [{ index: 0, records: buildBatch({ baseOffset: 0, records: [record] } as never) }] },
    ]
    const body = { transactionalId: null, acks: 1, timeoutMs: 5_000, topicData }
    const { responses, throttleTimeMs } = await one.call('Produce', 9, body)
    expect(responses[0].partitionResponses[0].errorCode).toBe(0)
    return throttleTimeMs
  }

  beforeAll(async () => {
    one = await OneNode.start({ overrides: { 'odradek.http.listeners': 'http://127.0.0.1:0' } })
    await one.createTopic('t')
  })

  afterAll(() => one?.[Symbol.asyncDispose]())

  it('are of nobody where there are no quotas', async () => {
    await produce()
    expect(await lines()).toEqual([])
  })

  it("are of each client's bytes, and of how long it was held back", async () => {
    const entity = [{ entityType: 'client-id', entityName: 'wire' }]
    // So little above what is sent that nobody is held back for long.
    const ops = [{ key: 'producer_byte_rate', value: 100, remove: false }]
    const { entries } = await one.call('AlterClientQuotas', 1, { entries: [{ entity, ops }], validateOnly: false })
    expect(entries[0].errorCode).toBe(0)
    const throttleMs = await until('the client to be held back', async () => (await produce()) || undefined)
    const found = await lines()
    const value = (name: string) =>
      Number(found.find((line) => line.startsWith(`kafka_server_quota_${name}{`))?.split(' ')[1])
    expect(found.every((line) => line.includes('{resource="Produce",clientId="wire"}'))).toBe(true)
    expect(value('byte_rate')).toBeGreaterThan(0)
    // An average of samples, which may not come out even.
    expect(value('throttle_time')).toBeCloseTo(throttleMs)
  })
})
