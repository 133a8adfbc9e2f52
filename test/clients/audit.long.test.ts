import { closeSync, existsSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TARGET } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { until } from '../support/wait.ts'
import { namesOf } from './authorization/grants.ts'
import { idIn, published, type Secured, setUp, setUpUser, startSecured } from './authorization/secured.ts'
import { CASES } from './authorization/transcript.ts'
import type { Session } from './differential/session.ts'

/** Nothing, everything, and something between. */
const USERS = ['nobody', 'anybody', 'member']
const BROKER_LOGGER = 8

/** Where the lines differ, and why nobody is worse off. */
const DIFFERENCES: readonly (readonly [RegExp, string])[] = [
  [/^Offset(?:Commit|Fetch) v10 of (?:all|absent|fresh)$/, 'Kafka asks about an empty name where an id is of no topic'],
  [/^ShareFetch v1 of (?:all|own|hidden)$/, 'Kafka counts a topic once that is both asked for and acknowledged'],
]

/** Where Kafka asks again at its controller, as the user, some time later; here the broker makes the topic. */
const LATE = 'Metadata v12 makes fresh'
const AUDITED = CASES.filter(({ title }) => title !== LATE)

/** What the audit wrote since it was asked last, as Kafka writes it. */
type Reader = () => readonly string[]

function readerOfKafka(file: string): Reader {
  let at = 0
  let rest = ''
  return () => {
    if (!existsSync(file)) return []
    const fd = openSync(file, 'r')
    const bytes = Buffer.alloc(fstatSync(fd).size - at)
    at += readSync(fd, bytes, 0, bytes.length, at)
    closeSync(fd)
    const lines = (rest + bytes.toString()).split('\n')
    rest = lines.pop() ?? ''
    return lines.flatMap((line) => line.match(/Principal = .*/)?.[0] ?? [])
  }
}

/** The output is kept only so far back, so it is read often. */
function readerOfOurs({ broker }: Secured): Reader {
  let last = ''
  return () => {
    const { output } = broker
    const whole = output.slice(0, output.lastIndexOf('\n') + 1)
    const at = last === '' ? -1 : whole.lastIndexOf(last)
    const fresh = whole.slice(at < 0 ? 0 : at + last.length).split('\n')
    last = whole.slice(-2_000)
    return fresh.flatMap((line) => {
      if (!line.includes('"rule":') || !line.startsWith('{')) return []
      const { principal, result, operation, host, resource, request, resourceRefCount, rule } = JSON.parse(line)
      return `Principal = ${principal} is ${result} operation = ${operation} from host = ${host} on resource = ${resource} for request = ${request} with resourceRefCount = ${resourceRefCount} based on rule ${rule}`
    })
  }
}

/** User → case → lines. Lines of a case may come a little late, so each case ends with a question whose line is known. */
async function audited(secured: Secured, read: Reader): Promise<Map<string, Map<string, string[]>>> {
  const ids = await setUp(secured)
  const all = new Map<string, Map<string, string[]>>()
  for (const user of USERS) {
    const names = namesOf(user)
    await setUpUser(secured.admin, names)
    const byCase = new Map<string, string[]>()
    const sessions = new Map<boolean, Session>()
    for (const one of AUDITED) {
      const onController = one.onController === true
      const session = sessions.get(onController) ?? (await secured.login(user, onController))
      sessions.set(onController, session)
      const reply = await session.call(one.api, one.version, one.body({ ...names, idOf: idIn(ids) })).catch(String)
      if (typeof reply === 'string') sessions.delete(onController)
      byCase.set(one.title, await linesOf(secured, user, read))
      if (one.changes) await published(secured.admin)
    }
    for (const session of sessions.values()) session.close()
    all.set(user, byCase)
  }
  return all
}

let marks = 0

async function linesOf({ admin }: Secured, user: string, read: Reader): Promise<string[]> {
  const mark = `mark-${marks++}`
  await admin.call('DescribeGroups', 5, { groups: [mark] })
  const lines: string[] = []
  await until('the line of the question', () => {
    lines.push(...read())
    return lines.some((line) => line.includes(`:${mark} `)) && !isMakingTopics(lines)
  })
  return lines.filter((line) => line.startsWith(`Principal = User:${user} `)).sort()
}

/** A group's missing topics are made after its member is answered: what is asked for them belongs to the same case. */
function isMakingTopics(lines: readonly string[]): boolean {
  const has = (pattern: RegExp) => lines.some((line) => pattern.test(line))
  return (
    has(/ is Allowed operation = CREATE .* for request = StreamsGroupHeartbeat /) &&
    !has(/ operation = DESCRIBE_CONFIGS .* for request = CreateTopics /)
  )
}

describe.skipIf(noKafka())(`the audit of Apache Kafka and of ${TARGET}`, () => {
  const running: Secured[] = []
  const folder = mkdtempSync(join(tmpdir(), 'odradek-audit-'))
  let expected: Map<string, Map<string, string[]>>
  let actual: typeof expected

  beforeAll(async () => {
    const file = join(folder, 'kafka.log')
    process.env.JDK_JAVA_OPTIONS = `-Dorg.slf4j.simpleLogger.log.kafka.authorizer.logger=debug -Dorg.slf4j.simpleLogger.logFile=${file}`
    const kafka = await startSecured('kafka')
    delete process.env.JDK_JAVA_OPTIONS
    const ours = await startSecured(undefined)
    running.push(kafka, ours)
    const configs = [{ name: 'kafka.authorizer.logger', value: 'DEBUG', configOperation: 0 }]
    const resources = [{ resourceType: BROKER_LOGGER, resourceName: '1', configs }]
    await ours.admin.call('IncrementalAlterConfigs', 1, { resources, validateOnly: false })
    ;[expected, actual] = await Promise.all([audited(kafka, readerOfKafka(file)), audited(ours, readerOfOurs(ours))])
  }, 600_000)
  afterAll(async () => {
    for (const { broker, admin } of running) {
      admin.close()
      await broker[Symbol.asyncDispose]()
    }
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(AUDITED.map(({ title }) => title))('%s', (title) => {
    const [wanted, given] = [expected, actual].map((all) => USERS.map((user) => [user, all.get(user)?.get(title)]))
    if (DIFFERENCES.some(([cases]) => cases.test(title))) expect(given).not.toEqual(wanted)
    else expect(given).toEqual(wanted)
  })
})
