import { z } from 'zod'
import type { LoginBody, Session } from '../api.ts'
import type { ConsoleNode } from '../node.ts'
import { empty } from '../route.ts'
import type { Visitor, Visitors } from '../visitors.ts'

const MOST_CHARS = 1_000
const MOST_TOKEN_CHARS = 64_000

const loginBody: z.ZodType<LoginBody> = z.discriminatedUnion('mechanism', [
  z.strictObject({
    mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']),
    username: z.string().min(1).max(MOST_CHARS),
    password: z.string().max(MOST_CHARS),
    tokenAuth: z.boolean().optional(),
  }),
  z.strictObject({ mechanism: z.literal('OAUTHBEARER'), token: z.string().min(1).max(MOST_TOKEN_CHARS) }),
])

/** Who one is: asked without being anybody. */
export function sessionRoutes(node: ConsoleNode, visitors: Visitors) {
  const sessionOf = (visitor: Visitor | undefined): Session => {
    const { nodeId: brokerId, clusterId, version, hasAuthorizer: authorizer, hasRegistry } = node
    return {
      ...(visitor && { principal: visitor.principal }),
      loginRequired: visitors.loginRequired,
      mechanisms: visitors.way?.mechanisms ?? [],
      brokerId,
      clusterId,
      version,
      authorizer,
      schemaRegistry: hasRegistry,
    }
  }
  return {
    session: async (cookie: string | undefined): Promise<Session> =>
      sessionOf(await visitors.visitor(cookie).catch(() => undefined)),
    login: async (body: unknown, address: string, before: string | undefined) => {
      const { cookie, visitor } = await visitors.login(loginBody.parse(body), address)
      visitors.logout(before)
      return { cookie, answer: sessionOf(visitor) }
    },
    logout: async (body: unknown, cookie: string | undefined): Promise<Session> => {
      empty.parse(body)
      visitors.logout(cookie)
      return sessionOf(undefined)
    },
  }
}
