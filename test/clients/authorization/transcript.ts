import { ByteReader } from '../../../src/base/bytes.ts'
import { responseHeaderVersion } from '../../../src/protocol/apis.ts'
import { ResponseHeader } from '../../../src/protocol/messages/headers.ts'
import { api, type Reply, type Session } from '../differential/session.ts'
import { canonical } from './canonical.ts'
import type { Case, Known } from './case.ts'
import { ADMIN, ADMIN_CHANGES, CONTROLLER } from './cases-admin.ts'
import { DATA, DATA_CHANGES } from './cases-data.ts'
import { GROUP_CHANGES, GROUPS, TRANSACTIONS } from './cases-groups.ts'
import { namesOf } from './grants.ts'
import { idIn, published, type Secured, setUp, setUpUser } from './secured.ts'

/** One after another; those that stand together don't meet, and are asked at the same time. What leaves traces comes last. */
const STAGES: readonly (readonly (readonly Case[])[])[] = [
  [DATA],
  [GROUPS, TRANSACTIONS, ADMIN, CONTROLLER],
  [GROUP_CHANGES],
  [DATA_CHANGES],
  [ADMIN_CHANGES],
]

export const CASES: readonly Case[] = STAGES.flat(2)

/** User → case → the answer. */
export type Transcript = ReadonlyMap<string, ReadonlyMap<string, unknown>>

/** Every case as every user. */
export async function transcriptOf(secured: Secured, users: readonly string[]): Promise<Transcript> {
  const ids = await setUp(secured)
  const transcript = new Map<string, ReadonlyMap<string, unknown>>()
  for (const user of users) transcript.set(user, await asUser(secured, user, ids))
  return transcript
}

async function asUser(secured: Secured, user: string, ids: ReadonlyMap<string, string>) {
  const { admin, broker, ports } = secured
  const names = namesOf(user)
  await setUpUser(admin, names)
  const known: Known = { ...names, idOf: idIn(ids) }
  const topics = new Map([...ids].map(([name, id]) => [id, name]))
  const answers = new Map<string, unknown>()
  const play = async (cases: readonly Case[]): Promise<void> => {
    const sessions = new Map<boolean, Session>()
    for (const one of cases) {
      const onController = one.onController === true
      const session = sessions.get(onController) ?? (await secured.login(user, onController))
      sessions.set(onController, session)
      const asked = session.call(one.api, one.version, one.body(known))
      const reply = await asked.catch((error: unknown) => `(threw) ${error}`)
      // The next case begins on a connection of its own.
      if (typeof reply === 'string') sessions.delete(onController)
      answers.set(one.title, canonical(opened(one, reply), { ports, dir: broker.dir, topics }))
      if (one.changes && JSON.stringify(reply).includes('"errorCode":0')) await published(admin)
    }
    for (const session of sessions.values()) session.close()
  }
  for (const stage of STAGES) await Promise.all(stage.map(play))
  return answers
}

/** With what an envelope brings back as an answer of its own. */
function opened({ carries }: Case, reply: Reply): Reply {
  if (carries === undefined || !Buffer.isBuffer(reply?.responseData)) return reply
  const entry = api(carries.api)
  const reader = new ByteReader(reply.responseData)
  const { correlationId } = ResponseHeader.decode(reader, responseHeaderVersion(entry, carries.version))
  return { ...reply, correlationId, responseData: entry.response.decode(reader, carries.version) }
}
