/** What a question of who may what costs: without ACLs and with many, remembered and not; and how fast they are loaded. */
import type { Uuid } from '../../src/base/ids.ts'
import { type Acl, AclOperation, ResourceType } from '../../src/security/acl.ts'
import { StandardAuthorizer } from '../../src/security/authorizer.ts'
import type { Question } from '../../src/security/question.ts'
import { manyAcls } from './many-acls.ts'

const MIN_MS = 300

function loaded(acls: readonly Acl[]): StandardAuthorizer {
  const authorizer = new StandardAuthorizer({ superUsers: new Set(), allowIfNoAcl: false })
  for (const [n, acl] of acls.entries()) authorizer.set(`acl-${n}` as Uuid, acl)
  authorizer.loaded()
  return authorizer
}

/** Nanoseconds of one run of `runs` in a call: the fastest of three timed rounds. */
function time(runs: number, call: () => void): number {
  let fastest = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round += 1) {
    let calls = 0
    const start = performance.now()
    while (performance.now() - start < MIN_MS) {
      call()
      calls += 1
    }
    fastest = Math.min(fastest, ((performance.now() - start) / calls / runs) * 1e6)
  }
  return fastest
}

function questions(count: number): Question[] {
  return Array.from({ length: 1_000 }, (_, n) => ({
    principal: `User:service-${n % 2003}`,
    host: '10.0.0.7',
    operation: n % 3 === 0 ? AclOperation.WRITE : AclOperation.READ,
    resourceType: ResourceType.TOPIC,
    name: `team-${n % 997}.topic-${n % Math.max(count, 1)}`,
  }))
}

let allowed = 0
const table: object[] = []
for (const count of [0, 100, 10_000, 100_000]) {
  const acls = manyAcls(count)
  const authorizer = loaded(acls)
  const asked = questions(count)
  const one: Question = { ...(asked[1] as Question) }
  const askAll = () => {
    for (const question of asked) if (authorizer.decide(question).allowed) allowed += 1
  }
  // The last one is taken away and added again so that nothing is remembered.
  const forgetting = () => {
    authorizer.set('another' as Uuid, undefined)
    authorizer.set('another' as Uuid, { ...one, ...(manyAcls(1)[0] as Acl) })
    askAll()
  }
  const load = time(1, () => loaded(acls))
  table.push({
    ACLs: count,
    'one client, ns': Number(time(1, () => (allowed += authorizer.decide(one).allowed ? 1 : 0)).toFixed(0)),
    '1,000 clients in turn, ns': Number(time(asked.length, askAll).toFixed(0)),
    'not remembered, ns': Number(time(asked.length, forgetting).toFixed(0)),
    'on any topic, ns': Number(time(1, () => (allowed += authorizer.mayOnAny(one) ? 1 : 0)).toFixed(0)),
    'load all, ms': Number((load / 1e6).toFixed(1)),
  })
}
if (allowed === 0) throw new Error('nobody was allowed anything')
console.table(table)
