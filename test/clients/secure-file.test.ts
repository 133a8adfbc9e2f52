import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasProgram, missing } from '../support/available.ts'
import { nodeBinary, odradekMain, TARGET } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { freePort } from '../support/ports.ts'
import { Running } from '../support/running.ts'
import { type ToolName, type ToolResult, Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'

const CONFIG = fileURLToPath(new URL('../../config/', import.meta.url))
const SECRETS = /(?:admin|alice)-secret|PRIVATE KEY/

/** The commands in the comments of the file, in their order. */
function commandsOfFile(): string[] {
  const text = readFileSync(join(CONFIG, 'secure.properties'), 'utf8')
  return [...text.matchAll(/^# {3}(.+)$/gm)].map(([, command = '']) => command)
}

/** As a shell cuts a line, as far as these lines go. */
function words(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+?)(?:'([^']*)')?(?=\s|$)/g)].map(
    ([, quoted, bare = '', tail = '']) => quoted ?? `${bare}${tail}`,
  )
}

const cannotRun = () => TARGET === 'kafka' || noKafka() || missing('openssl', hasProgram('openssl'))

describe.skipIf(cannotRun())('config/secure.properties, step by step as it says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'odradek-secure-'))
  const tools = new Tools()
  const commands = commandsOfFile()
  let ports: readonly number[] = []
  let node: Running | undefined
  let output = ''

  const overrides = (): string[] => {
    const [clients, internal, controller] = ports
    const at = `SASL_SSL://127.0.0.1:${clients},INTERNAL://localhost:${internal},CONTROLLER://localhost:${controller}`
    const pairs = [`listeners=${at}`, `controller.quorum.bootstrap.servers=localhost:${controller}`]
    // The certificate is for the name.
    pairs.push(`advertised.listeners=SASL_SSL://localhost:${clients},INTERNAL://localhost:${internal}`)
    pairs.push(`odradek.http.listeners=https://127.0.0.1:${ports[3]}`)
    pairs.push(`odradek.schema.registry.listeners=https://127.0.0.1:${ports[4]}`)
    return pairs.flatMap((pair) => ['--override', pair])
  }

  async function tool(name: ToolName, args: readonly string[], stdin?: string): Promise<ToolResult> {
    const placed = args.map((arg) =>
      arg.replace('localhost:9092', `localhost:${ports[0]}`).replace('config/clients/', `${folder}/config/clients/`),
    )
    const result = await tools.run(name, placed, { ...(stdin !== undefined && { stdin }), timeoutSeconds: 60 })
    output += result.out + result.err
    return result
  }

  const as = (user: string) => [
    '--bootstrap-server',
    'localhost:9092',
    '--command-config',
    `config/clients/${user}.properties`,
  ]
  const command = (start: string): string[] => {
    const found = commands.find((each) => each.startsWith(start))
    if (found === undefined) throw new Error(`the file names no ${start}`)
    return words(found).slice(1)
  }

  beforeAll(async () => {
    cpSync(CONFIG, join(folder, 'config'), { recursive: true })
    for (const user of ['admin', 'alice']) {
      const file = join(folder, 'config/clients', `${user}.properties`)
      writeFileSync(file, readFileSync(file, 'utf8').replace('./data', join(folder, 'data')))
    }
    ports = [await freePort(), await freePort(), await freePort(), await freePort(), await freePort()]
    const [certificate = '', format = ''] = commands
    execFileSync('sh', ['-c', certificate], { cwd: folder, stdio: 'pipe' })
    const formatted = words(format.replace('CLUSTER-ID', 'EsoipPllTquqfWLYvC7-jw')).slice(3)
    execFileSync(nodeBinary(), [odradekMain(), ...formatted, ...overrides()], { cwd: folder, stdio: 'pipe' })
    node = new Running(nodeBinary(), [odradekMain(), 'start', 'config/secure.properties', ...overrides()], {
      cwd: folder,
    })
    await until('the broker', async () => node?.running === false || /is ready/.test(node?.output ?? ''), 60_000)
    expect(node.running, node.output).toBe(true)
  }, 120_000)

  afterAll(async () => {
    await tools[Symbol.asyncDispose]()
    await node?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('has an administrator, who makes a user', async () => {
    expect(await tool('kafka-configs', command('kafka-configs.sh'))).toMatchObject({ exit: 0 })
    const create = ['--create', '--topic', 'orders']
    expect(await tool('kafka-topics', [...as('admin'), ...create])).toMatchObject({ exit: 0 })
  })

  it('lets the user log in, and do nothing', async () => {
    const { out } = await tool('kafka-topics', [...as('alice'), '--list'])
    expect(out.trim()).toBe('')
    const sent = await tool('kafka-console-producer', [...as('alice'), '--topic', 'orders'], 'one\n')
    expect(sent.out + sent.err).toMatch(/TopicAuthorizationException/)
    const acls = await tool('kafka-acls', [...as('alice'), '--list'])
    expect(acls.out + acls.err).toMatch(/ClusterAuthorizationException/)
  })

  it('lets her do what an ACL allows', async () => {
    expect(await tool('kafka-acls', command('kafka-acls.sh'))).toMatchObject({ exit: 0 })
    const last = commands.length
    expect(last).toBe(5)
    expect(await tool('kafka-console-producer', [...as('alice'), '--topic', 'orders'], 'one\ntwo\n')).toMatchObject({
      exit: 0,
    })
    const reading = ['--topic', 'orders', '--group', 'g', '--from-beginning', '--max-messages', '2']
    const { out } = await tool('kafka-console-consumer', [...as('alice'), ...reading])
    expect(out).toContain('one\ntwo\n')
    const made = await tool('kafka-topics', [...as('alice'), '--create', '--topic', 'mine'])
    expect(made.out + made.err).toMatch(/Authorization failed/)
  })

  it('lets nobody in with a wrong password, or without one', async () => {
    const wrong = join(folder, 'config/clients/wrong.properties')
    const right = readFileSync(join(folder, 'config/clients/alice.properties'), 'utf8')
    writeFileSync(wrong, right.replace('alice-secret', 'guessed'))
    const guessed = await tool('kafka-topics', [...as('wrong'), '--list'])
    expect(guessed.out + guessed.err).toMatch(/SaslAuthenticationException: Authentication failed/)
  })

  /** The status, and where there is one the cookie. */
  function asked(port = 0, path: string, headers: Record<string, string>, body?: object): Promise<readonly string[]> {
    const ca = readFileSync(join(folder, 'data/tls/ca.pem'))
    const method = body === undefined ? 'GET' : 'POST'
    const given = { 'content-type': 'application/json', ...headers }
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, method, ca, agent: false, headers: given }, (answer) => {
        answer.resume()
        resolve([String(answer.statusCode), ...(answer.headers['set-cookie'] ?? [])])
      })
        .on('error', reject)
        .end(body && JSON.stringify(body))
    })
  }

  it('serves the console and the schema registry by HTTPS to those who log in', async () => {
    const [console, registry] = [ports[3], ports[4]]
    const login = (password: string) => ({ mechanism: 'SCRAM-SHA-512', username: 'admin', password })
    expect(await asked(console, '/api/login', {}, login('admin-secret'))).toEqual([
      '200',
      expect.stringMatching(/^__Host-.*; Secure$/),
    ])
    expect(await asked(console, '/api/login', {}, login('guessed'))).toEqual(['401'])
    const subjects = (user: string) => {
      const authorization = `Basic ${Buffer.from(user).toString('base64')}`
      return asked(registry, '/subjects', { authorization })
    }
    expect(await subjects('admin:admin-secret')).toEqual(['200'])
    expect(await subjects('alice:alice-secret')).toEqual(['403'])
    expect(await subjects('alice:guessed')).toEqual(['401'])
  })

  it('tells no secret, in its log or to an administrator', async () => {
    const configs = ['--describe', '--all', '--entity-type', 'brokers', '--entity-name', '1']
    expect(await tool('kafka-configs', [...as('admin'), ...configs])).toMatchObject({ exit: 0 })
    expect(output).not.toMatch(SECRETS)
    expect(node?.output).toMatch(/"principal":"User:alice","result":"Denied"/)
    expect(node?.output).not.toMatch(SECRETS)
    expect(node?.output).not.toContain('guessed')
  })
})
