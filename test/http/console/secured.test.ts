import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Asking, askConsole } from '../../support/ask-console.ts'
import { OneNode } from '../../support/one-node.ts'
import { SECURED } from '../../support/secured-console.ts'
import { until } from '../../support/wait.ts'

let one: OneNode
let port: number

beforeAll(async () => {
  one = await OneNode.start({
    overrides: { ...SECURED, 'odradek.http.listeners': 'http://127.0.0.1:0' },
  })
  port = one.node.http[0]?.port ?? 0
})
afterAll(() => one?.[Symbol.asyncDispose]())

async function loggedIn(username: string, password: string): Promise<string> {
  const body = { mechanism: 'PLAIN', username, password }
  const { status, headers, json } = await askConsole(port, '/api/login', { body })
  expect([status, json.principal]).toEqual([200, `User:${username}`])
  const [cookie = ''] = headers['set-cookie'] ?? []
  expect(cookie).toContain('HttpOnly; SameSite=Strict')
  return cookie.split(';')[0] ?? ''
}

const as = (cookie: string, path: string, asking: Asking = {}) =>
  askConsole(port, `/api/${path}`, { ...asking, headers: { cookie } })

describe('the console of a secured broker', () => {
  it('wants a login, and says so', async () => {
    const { json } = await askConsole(port, '/api/session')
    expect(json).toMatchObject({ loginRequired: true, mechanisms: ['PLAIN'] })
    expect(json.principal).toBeUndefined()
    for (const path of ['topics', 'overview', 'insight/refusals', 'topics/t/messages?from=beginning']) {
      const { status, json: answer } = await askConsole(port, `/api/${path}`)
      expect([status, answer.error.code]).toEqual([401, 'LOGIN_REQUIRED'])
    }
    const made = await askConsole(port, '/api/topics/create', {
      body: { name: 'x' },
      headers: { cookie: 'odradek=forged' },
    })
    expect(made.status).toBe(401)
  })

  it('refuses a wrong password', async () => {
    const body = { mechanism: 'PLAIN', username: 'alice', password: 'wrong' }
    const { status, json, headers } = await askConsole(port, '/api/login', { body })
    expect([status, json.error.code]).toEqual([401, 'LOGIN_FAILED'])
    expect(headers['set-cookie']).toBeUndefined()
  })

  it("holds to the principal's ACLs, and says what would allow it", async () => {
    const admin = await loggedIn('admin', 'r')
    expect((await as(admin, 'topics/create', { body: { name: 't', partitions: 1 } })).status).toBe(200)
    await until('the topic', async () => (await as(admin, 'topics/t')).status === 200)
    const alice = await loggedIn('alice', 'a')
    expect((await as(alice, 'topics')).json).toMatchObject({ rows: [], total: 0 })
    const denied: readonly (readonly [path: string, body: unknown])[] = [
      ['topics/create', { name: 'u', partitions: 1 }],
      ['topics/delete', { topics: ['t'] }],
      ['produce', { topic: 't', records: [{ key: null, value: { text: 'x' } }] }],
      ['acls/create', { acls: [acl('User:alice')] }],
      ['users/set', { name: 'x', mechanism: 'SCRAM-SHA-256', password: 'x' }],
      ['quotas/alter', { entity: [{ type: 'user', name: 'x' }], changes: [{ key: 'request_percentage', value: 1 }] }],
    ]
    for (const [path, body] of denied) {
      const { status, json } = await as(alice, path, { body })
      expect([path, status, json.error.code]).toEqual([path, 403, expect.stringContaining('AUTHORIZATION_FAILED')])
    }
    expect((await as(alice, 'insight/refusals')).status).toBe(403)
    expect((await as(admin, 'topics')).json).toMatchObject({ total: 1, rows: [{ name: 't', records: 0 }] })

    const { refusals } = (await as(admin, 'insight/refusals')).json
    const found = refusals.find((each: { principal: string; message: string }) => {
      return each.principal === 'User:alice' && each.message.includes('Create on Topic "u"')
    })
    expect(found.kind).toBe('acl-denied')
    expect(found.commands[0]).toContain('--add --allow-principal User:alice --operation Create --topic u')
    expect(refusals).toContainEqual(expect.objectContaining({ kind: 'login-failed', address: '127.0.0.1' }))

    expect((await as(admin, 'acls/create', { body: { acls: [acl('User:alice')] } })).status).toBe(200)
    await until('alice to see it', async () => (await as(alice, 'topics')).json.total === 1)
  })

  it('ends a session', async () => {
    const cookie = await loggedIn('alice', 'a')
    expect((await as(cookie, 'logout', { body: {} })).status).toBe(200)
    expect((await as(cookie, 'topics')).status).toBe(401)
  })
})

function acl(principal: string) {
  const on = { resourceType: 'TOPIC', resourceName: 't', patternType: 'LITERAL', principal, host: '*' }
  return { ...on, operation: 'READ', permission: 'ALLOW' }
}
