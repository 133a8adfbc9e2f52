import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasProgram, missing } from '../support/available.ts'
import { noTarget, startBroker, type TestBroker } from '../support/broker.ts'
import { run } from '../support/process.ts'

describe.skipIf(missing('kcat', hasProgram('kcat')) || noTarget())('librdkafka (kcat)', () => {
  let broker: TestBroker
  beforeAll(async () => {
    broker = await startBroker()
  })
  afterAll(async () => broker?.[Symbol.asyncDispose]())

  const kcat = async (args: readonly string[], input = '') => {
    const result = await run('kcat', ['-b', broker.bootstrap, ...args], { input, timeoutMs: 120_000 })
    if (result.code !== 0) throw new Error(`kcat ${args.join(' ')} → ${result.code}\n${result.out}\n${result.err}`)
    return result.out
  }

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('creates a topic by producing to it, with %s', async (codec) => {
    const topic = `auto-${codec}`
    const lines = Array.from({ length: 200 }, (_, i) => `k${i}:${'value '.repeat(20)}${i}`)
    await kcat(['-P', '-t', topic, '-K:', '-z', codec, '-H', 'a=1', '-H', 'b=zwei'], `${lines.join('\n')}\n`)
    const out = await kcat(['-C', '-t', topic, '-o', 'beginning', '-e', '-q', '-f', '%o %k:%s %h\n'])
    expect(out.trimEnd().split('\n')).toEqual(lines.map((line, i) => `${i} ${line} a=1,b=zwei`))
  })

  it('shows the metadata of the cluster', async () => {
    await kcat(['-P', '-t', 'shown'], 'x\n')
    const metadata = JSON.parse(await kcat(['-L', '-J', '-t', 'shown']))
    expect(metadata.brokers).toEqual([{ id: 1, name: broker.bootstrap }])
    expect(metadata.controllerid).toBe(1)
    expect(metadata.topics[0]).toMatchObject({
      topic: 'shown',
      partitions: [{ partition: 0, leader: 1, replicas: [{ id: 1 }], isrs: [{ id: 1 }] }],
    })
  })

  it('finds the offset of a time', async () => {
    await kcat(['-P', '-t', 'timed'], 'one\n')
    const stamp = Number(await kcat(['-C', '-t', 'timed', '-o', 'beginning', '-e', '-q', '-f', '%T']))
    expect(await kcat(['-Q', '-t', `timed:0:${stamp}`])).toContain('[0] offset 0')
    expect(await kcat(['-Q', '-t', `timed:0:${stamp + 1}`])).toContain('[0] offset -1')
    expect(await kcat(['-Q', '-t', 'timed:0:-1'])).toContain('[0] offset 1')
  })
})
