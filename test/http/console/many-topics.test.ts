import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askConsole, type ConsoleAnswer } from '../../support/ask-console.ts'
import { OneNode } from '../../support/one-node.ts'
import { until } from '../../support/wait.ts'

const MANY = 5_000
const AT_ONCE = 250
const PAGE = 100
/** A page is no larger because there are many topics. */
const MOST_BYTES = 40_000

const nameOf = (at: number) => `topic-${String(at).padStart(4, '0')}`

describe(`a console of ${MANY} topics`, () => {
  let one: OneNode

  async function list(query: string): Promise<{ names: string[]; total: number; size: number }> {
    const { status, json, text }: ConsoleAnswer = await askConsole(one.node.http[0]?.port ?? 0, `/api/topics?${query}`)
    expect(status).toBe(200)
    const names = (json.rows as { name: string }[]).map(({ name }) => name)
    return { names, total: json.total, size: text.length }
  }

  beforeAll(async () => {
    one = await OneNode.start({ overrides: { 'odradek.http.listeners': 'http://127.0.0.1:0' } })
    for (let at = 0; at < MANY; at += AT_ONCE) {
      const topics = Array.from({ length: AT_ONCE }, (_, more) => {
        return { name: nameOf(at + more), numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
      })
      const answer = await one.call('CreateTopics', 7, { topics, timeoutMs: 60_000, validateOnly: false })
      expect(answer.topics.every(({ errorCode }: { errorCode: number }) => errorCode === 0)).toBe(true)
    }
    await until('all of them', async () => (await list('limit=1')).total === MANY)
  })
  afterAll(() => one?.[Symbol.asyncDispose]())

  it('shows them by pages, each topic on one', async () => {
    const seen: string[] = []
    for (let offset = 0; offset < MANY; offset += 1_000) {
      const { names, total } = await list(`offset=${offset}&limit=1000`)
      expect(total).toBe(MANY)
      seen.push(...names)
    }
    expect(seen).toEqual(Array.from({ length: MANY }, (_, at) => nameOf(at)))
  })

  it('answers with a page and no more, wherever it is', async () => {
    for (const offset of [0, 2_500, MANY - PAGE]) {
      const { names, size } = await list(`offset=${offset}&limit=${PAGE}`)
      expect(names).toEqual(Array.from({ length: PAGE }, (_, at) => nameOf(offset + at)))
      expect(size).toBeLessThan(MOST_BYTES)
    }
    expect(await list(`offset=${MANY}&limit=${PAGE}`)).toMatchObject({ names: [], total: MANY })
    expect((await list('')).names).toHaveLength(50)
  })

  it('searches and sorts all of them, not only the page', async () => {
    expect(await list('search=PIC-49&limit=2')).toMatchObject({ names: [nameOf(4900), nameOf(4901)], total: 100 })
    expect(await list('order=descending&limit=1')).toMatchObject({ names: [nameOf(MANY - 1)], total: MANY })
    for (const sort of ['records', 'size', 'lag', 'rate', 'partitions'])
      expect(await list(`sort=${sort}&order=descending&limit=2&offset=4000`)).toMatchObject({ total: MANY })
  })

  it('deletes several at once, and says what became of each', async () => {
    const topics = [nameOf(1), 'never-was', nameOf(3)]
    const { status, json } = await askConsole(one.node.http[0]?.port ?? 0, '/api/topics/delete', { body: { topics } })
    expect(status).toBe(200)
    const outcomes = json.outcomes as { name: string; error?: { code: string } }[]
    expect(new Map(outcomes.map(({ name, error }) => [name, error?.code]))).toEqual(
      new Map([
        [nameOf(1), undefined],
        ['never-was', 'UNKNOWN_TOPIC_OR_PARTITION'],
        [nameOf(3), undefined],
      ]),
    )
    await until('them to be gone', async () => (await list('limit=1')).total === MANY - 2)
  })
})
