import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TARGET } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { DIFFERENCES } from './authorization/differences.ts'
import { namesOf, USERS } from './authorization/grants.ts'
import { type Secured, startSecured } from './authorization/secured.ts'
import { CASES, type Transcript, transcriptOf } from './authorization/transcript.ts'

const TITLES = CASES.map(({ title }) => title)

/** Whoever has an id knows that there was a topic, and share groups' offsets tell it: as with Apache Kafka. */
const TELLS_IDS = /^(Fetch v16|OffsetCommit v10|OffsetFetch v10|Share|AlterShareGroupOffsets)/
const UNSEEN = TITLES.filter((title) => title.endsWith(' of hidden') && !TELLS_IDS.test(title)).map((title) =>
  title.slice(0, -' of hidden'.length),
)

describe.skipIf(noKafka())(`who may do what with Apache Kafka and with ${TARGET}`, () => {
  const running: Secured[] = []
  let expected: Transcript
  let actual: Transcript

  beforeAll(async () => {
    running.push(...(await Promise.all([startSecured('kafka'), startSecured(undefined)])))
    const [kafka, ours] = running as [Secured, Secured]
    ;[expected, actual] = await Promise.all([transcriptOf(kafka, USERS), transcriptOf(ours, USERS)])
  }, 600_000)
  afterAll(async () => {
    for (const { broker, admin } of running) {
      admin.close()
      await broker[Symbol.asyncDispose]()
    }
  })

  it('has a title of its own for each case', () => {
    expect(TITLES.filter((title, at) => TITLES.indexOf(title) !== at)).toEqual([])
  })

  it('knows the cases whose answers differ', () => {
    expect(Object.keys(DIFFERENCES).filter((title) => !TITLES.includes(title))).toEqual([])
  })

  it.each(UNSEEN)('%s: nobody is told whether a topic that is not theirs is there', (title) => {
    for (const user of ['nobody', 'member']) {
      const { hidden, absent } = namesOf(user)
      const told = (name: string) => JSON.stringify(actual.get(user)?.get(`${title} of ${name}`))
      expect(told('hidden').replaceAll(hidden, absent)).toBe(told('absent'))
    }
  })

  it.each(TITLES)('%s', (title) => {
    const [wanted, given] = [expected, actual].map((all) => USERS.map((user) => [user, all.get(user)?.get(title)]))
    expect(JSON.stringify(wanted)).not.toContain('(threw)')
    if (title in DIFFERENCES) expect(given).not.toEqual(wanted)
    else expect(given).toEqual(wanted)
  })
})
