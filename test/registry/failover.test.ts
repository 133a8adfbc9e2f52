import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/io/logger.ts'
import { NodeClock } from '../../src/io/node-clock.ts'
import { Registry } from '../../src/registry/registry.ts'
import { ClusterLog } from './memory-log.ts'
import { record } from './rest-calls.ts'

function cluster(): ClusterLog {
  const log = new ClusterLog()
  for (const id of [1, 2, 3]) {
    const options = { log: log.of(id), forward: log.forward, clock: new NodeClock(), logger: silentLogger }
    log.registries.set(id, new Registry(options))
  }
  return log
}

const close = (log: ClusterLog) => Promise.all([...log.registries.values()].map((registry) => registry.close()))

const asked = (name: string) => {
  const schema = record([name, 'int'])
  return { schema, schemaType: 'AVRO', references: [], version: 0, id: -1 } as const
}

const OPTIONS = { normalize: false, force: false }

const Step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ broker: fc.integer({ min: 1, max: 3 }), name: fc.constantFrom('a', 'b', 'c', 'd') }),
  },
  { weight: 1, arbitrary: fc.record({ elect: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ trouble: fc.constantFrom('lost' as const, 'unanswered' as const) }) },
)

describe('writing where the topic is led', () => {
  it('gives each schema one id and no id twice, whoever leads and whatever is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(Step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const log = cluster()
        const answers: Promise<readonly [name: string, id: number]>[] = []
        for (const [at, step] of steps.entries()) {
          if ('elect' in step) log.elect(step.elect)
          else if ('trouble' in step) log.trouble(step.trouble)
          else {
            const made = log.registries.get(step.broker)?.register(`s${at}`, asked(step.name), OPTIONS)
            answers.push(Promise.resolve(made).then((schema) => [step.name, schema?.id ?? 0] as const))
          }
          if (at % 3 === 0) await Promise.race([Promise.allSettled(answers), new Promise((done) => setImmediate(done))])
        }
        const given = new Map<string, number>()
        for (const [name, id] of await Promise.all(answers)) {
          expect(given.get(name) ?? id).toBe(id)
          given.set(name, id)
        }
        expect(new Set(given.values()).size).toBe(given.size)
        for (const registry of log.registries.values()) {
          for (const [name, id] of given) expect((await registry.byId(id)).schema).toBe(record([name, 'int']))
        }
        await close(log)
      }),
      { numRuns: 15 },
    )
  })

  it('starts again where another writer came between', async () => {
    const log = cluster()
    const [one] = log.registries.values()
    const first = await one?.register('s', asked('a'), OPTIONS)
    // Somebody else's record, of which this registry has not read yet.
    const value = { subject: 'x', version: 1, id: 2, schema: '"int"', deleted: false }
    const key = { keytype: 'SCHEMA', subject: 'x', version: 1, magic: 1 }
    log.records.push({ key: Buffer.from(JSON.stringify(key)), value: Buffer.from(JSON.stringify(value)), timestamp: 1 })
    log.changed()
    const second = await one?.register('s2', asked('b'), OPTIONS)
    expect([first?.id, second?.id]).toEqual([1, 3])
    await close(log)
  })

  it('waits for the first broker that may have the topic', async () => {
    const log = cluster()
    log.refusals = 2
    expect((await log.registries.get(1)?.register('s', asked('a'), OPTIONS))?.id).toBe(1)
    await close(log)
  })
})
