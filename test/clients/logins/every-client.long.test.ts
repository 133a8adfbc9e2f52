import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasProgram, missing } from '../../support/available.ts'
import { Authority } from '../../support/certificates.ts'
import type { NodeCluster } from '../../support/node-cluster.ts'
import { signingKey, TokenServer } from '../../support/token-server.ts'
import { CLIENT_KINDS, type Login, type LoginClient, MECHANISMS, type Mechanism } from './login-clients.ts'
import { PASSWORD, SECRETS, securedCluster, USER } from './secured-cluster.ts'

const VALUES = Array.from({ length: 20 }, (_, i) => `record ${i} ${'x'.repeat(i * 37)}`)

describe.skipIf(missing('openssl', hasProgram('openssl'))).each([1, 3])('over SASL_SSL, %i broker(s)', (size) => {
  let authority: Authority
  let tokens: TokenServer
  let cluster: NodeCluster
  beforeAll(async () => {
    authority = new Authority()
    tokens = await TokenServer.start()
    cluster = await securedCluster(size, authority, tokens)
    await cluster.start()
  })
  afterAll(async () => {
    cluster?.close()
    await tokens?.[Symbol.asyncDispose]()
    authority?.[Symbol.dispose]()
  })

  async function login(mechanism: Mechanism): Promise<Login> {
    const bootstrap = [...cluster.nodes.values()].map(({ brokerPort }) => `127.0.0.1:${brokerPort}`).join(',')
    const token = mechanism === 'OAUTHBEARER' ? await tokens.token(USER) : ''
    return { bootstrap, ca: authority.pem, caFile: authority.path, mechanism, user: USER, password: PASSWORD, token }
  }

  describe.each(CLIENT_KINDS)('$name', ({ name, isMissing, refusal, bearerRefusal, start }) => {
    let client: LoginClient
    const topic = (what: string) => `${name}-${what}`.replace(/\W/g, '-')
    beforeAll(() => {
      if (!isMissing()) client = start()
    })
    afterAll(() => client?.close())

    test.skipIf(isMissing()).each(MECHANISMS)(
      'by %s: writes, reads; with a wrong secret it is told',
      async (mechanism) => {
        const right = await login(mechanism)
        const { values } = await client.use(right, { topic: topic(mechanism), values: VALUES })
        expect([...values].sort()).toEqual([...VALUES].sort())
        const forged = await tokens.token(USER, { key: await signingKey('of nobody') })
        const wrong = { ...right, password: 'wrong', token: forged }
        const told = await client.use(wrong, { topic: topic(mechanism), values: ['x'] }).then(
          ({ values }) => `nothing, it read ${values}`,
          (error: Error) => String(error),
        )
        expect(told).toMatch(mechanism === 'OAUTHBEARER' ? bearerRefusal : refusal)
      },
    )

    test.skipIf(name !== 'Java' || isMissing())('by delegation token', async () => {
      const right = await login('SCRAM-SHA-512')
      const { id, hmac } = (await client.token?.(right)) ?? { id: '', hmac: '' }
      for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
        const delegated = { ...right, mechanism, user: id, password: hmac, isDelegated: true }
        const { values } = await client.use(delegated, { topic: topic(`token-${mechanism}`), values: VALUES })
        expect([...values].sort()).toEqual([...VALUES].sort())
        const wrong = client.use({ ...delegated, password: 'wrong' }, { topic: topic('token'), values: ['x'] })
        await expect(wrong).rejects.toThrow(refusal)
      }
    })
  })

  test('the nodes log in to each other, and none of the secrets is in what they write', () => {
    const lines = [...cluster.nodes.values()].flatMap(({ log }) => log)
    const known = (principal: string) =>
      lines.filter((line) => line.includes(`"${principal}"`) && /debug login /.test(line))
    if (size > 1) expect(known('User:broker').length).toBeGreaterThanOrEqual(size - 1)
    if (size > 1) expect(known('User:node').length).toBeGreaterThanOrEqual(size - 1)
    const failed = lines.filter((line) => /login (?:failed|not renewed)/.test(line))
    expect(failed.filter((line) => /CONTROLLER|"(?:node|broker)"/.test(line))).toEqual([])
    for (const secret of SECRETS) expect(lines.join('\n')).not.toContain(secret)
  })
})
