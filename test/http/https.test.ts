import { once } from 'node:events'
import { type IncomingHttpHeaders, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { type AddressInfo, connect, createServer } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sentenceFor } from '../../src/cli/user-error.ts'
import { createLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { hasProgram, missing } from '../support/available.ts'
import { Authority, pemSettings } from '../support/certificates.ts'
import { OneNode } from '../support/one-node.ts'
import { until } from '../support/wait.ts'

const BROKER = 4
const KEY_STORE = 'listener.name.odradek_http.ssl.keystore.location'
const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="broker" password="b"'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

describe.skipIf(missing('openssl', hasProgram('openssl')))('HTTP and HTTPS side by side', () => {
  const lines: string[] = []
  let authority: Authority
  let one: OneNode
  let writeStore: (issued: { readonly keyPem: string; readonly chainPem: string }) => void

  beforeAll(async () => {
    authority = new Authority()
    let written = 0
    const disk = new MemoryDisk({ nowMs: () => ++written })
    disk.blocking.makeDirectory('/tls')
    writeStore = ({ keyPem, chainPem }) => disk.blocking.writeFile('/tls/http.pem', keyPem + chainPem)
    writeStore(authority.issue('node'))
    one = await OneNode.start({
      disk,
      logger: createLogger({ destination: { write: (line: string) => void lines.push(line) } }),
      overrides: {
        listeners: 'PLAINTEXT://127.0.0.1:0,SASL://127.0.0.1:0,CONTROLLER://127.0.0.1:0',
        'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT',
        'inter.broker.listener.name': 'PLAINTEXT',
        'listener.name.sasl.sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.sasl.plain.sasl.jaas.config': `${PLAIN} user_broker="b" user_alice="a";`,
        'odradek.http.listeners': 'https://127.0.0.1:0,http://127.0.0.1:0,https://127.0.0.1:0',
        'odradek.schema.registry.authentication.method': 'NONE',
        'odradek.schema.registry.listeners': 'http://127.0.0.1:0,https://127.0.0.1:0',
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': '/tls/http.pem',
      },
    })
  })

  afterAll(async () => {
    await one?.[Symbol.asyncDispose]()
    authority?.[Symbol.dispose]()
  })

  const portAt = (at: number) => one.node.http[at]?.port ?? 0
  const ask = (port: number, isTls: boolean, path: string, body?: object, headers: object = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const given = { ...headers, ...(body && { 'content-type': 'application/json' }) }
      const method = body === undefined ? 'GET' : 'POST'
      const options = { host: '127.0.0.1', port, path, method, agent: false, headers: given }
      const sent = isTls ? secureRequest({ ...options, ca: authority.pem }) : plainRequest(options)
      sent.on('error', reject)
      sent.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const { statusCode: status = 0, headers: told } = response
          resolve({ status, headers: told, text: Buffer.concat(chunks).toString() })
        })
      })
      sent.end(body && JSON.stringify(body))
    })
  const serialAt = (port: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connectSecurely({ host: '127.0.0.1', port, ca: authority.pem }, () => {
        resolve(socket.getPeerCertificate().serialNumber)
        socket.destroy()
      })
      socket.on('error', reject)
    })

  it('serves the same by each listener', async () => {
    expect(one.node.http.map(({ isTls }) => isTls)).toEqual([true, false, true])
    for (const { port, isTls } of one.node.http) {
      expect((await ask(port, isTls, '/healthz')).text).toBe('{"status":"alive"}')
      expect((await ask(port, isTls, '/metrics')).text).toContain('kafka_server_')
      expect((await ask(port, isTls, '/api/session')).status).toBe(200)
    }
    for (const { port, isTls } of one.node.registry) {
      expect((await ask(port, isTls, '/schemas/types')).status).toBe(200)
    }
  })

  it('marks the cookie of a session that began by TLS as secure, and takes it by TLS alone', async () => {
    const body = { mechanism: 'PLAIN', username: 'alice', password: 'a' }
    const [secure, plain] = [portAt(0), portAt(1)]
    const cookies: string[] = []
    for (const [port, isTls] of [
      [secure, true],
      [plain, false],
    ] as const) {
      const { status, headers } = await ask(port, isTls, '/api/login', body)
      expect(status).toBe(200)
      cookies.push(headers['set-cookie']?.[0] ?? '')
    }
    const [ofTls = '', ofPlain = ''] = cookies
    expect(ofTls).toMatch(/^__Host-odradek-1-\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/)
    expect(ofPlain).toMatch(/^odradek-1-\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
    const [cookie = ''] = ofTls.split(';')
    expect((await ask(secure, true, '/api/topics', undefined, { cookie })).status).toBe(200)
    expect((await ask(plain, false, '/api/topics', undefined, { cookie })).status).toBe(401)
    const { headers } = await ask(secure, true, '/api/logout', {}, { cookie })
    expect(headers['set-cookie']?.[0]).toMatch(/^__Host-\S+=; .*Max-Age=0; Secure$/)
    expect((await ask(secure, true, '/api/topics', undefined, { cookie })).status).toBe(401)
  })

  it('takes no request by TLS from a page that came without', async () => {
    const host = `127.0.0.1:${portAt(0)}`
    const session = (origin: string) => ask(portAt(0), true, '/api/session', undefined, { origin, host })
    expect((await session(`http://${host}`)).status).toBe(403)
    expect((await session(`https://${host}`)).status).toBe(200)
  })

  it('closes connections that speak the other protocol, or none, and goes on', async () => {
    const [secure, plain] = [portAt(0), portAt(1)]
    await expect(ask(secure, false, '/healthz')).rejects.toThrow()
    await expect(ask(plain, true, '/healthz')).rejects.toThrow()
    for (const bytes of ['GET / HTTP/1.1\r\nhost: a\r\n\r\n', Buffer.alloc(1_000, 0x16), Buffer.from([0x16, 3, 1])]) {
      await new Promise<void>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port: secure }, () => socket.end(bytes))
        socket.on('error', () => {})
        socket.on('close', () => resolve())
        socket.resume()
      })
    }
    await until('a line', () => lines.some((line) => line.includes('does the client speak plaintext?')))
    expect((await ask(secure, true, '/healthz')).status).toBe(200)
    expect((await ask(plain, false, '/healthz')).status).toBe(200)
  })

  it('shows a new certificate where the file was written anew, and where a dynamic config names another', async () => {
    const ports = [portAt(0), portAt(2), one.node.registry[1]?.port ?? 0]
    const before = await Promise.all(ports.map(serialAt))
    expect(new Set(before).size).toBe(1)
    writeStore(authority.issue('node'))
    for (const port of ports) await until('the new certificate', async () => (await serialAt(port)) !== before[0])
    const now = await serialAt(portAt(0))
    const renewed = authority.issue('node')
    one.disk.blocking.writeFile('/tls/other.pem', renewed.keyPem + renewed.chainPem)
    expect(await one.alter(BROKER, '1', { [KEY_STORE]: '/tls/other.pem' })).toEqual([0, null])
    await until('the third certificate', async () => (await serialAt(portAt(2))) !== now)
    expect(await one.alter(BROKER, '1', { [KEY_STORE]: '/tls/none.pem' })).toMatchObject({ 0: 42 })
  })
})

describe.skipIf(missing('openssl', hasProgram('openssl')))('HTTPS of a node', () => {
  it('asks for certificates where its settings say so', async () => {
    using authority = new Authority()
    const own = Object.entries(pemSettings(authority, authority.issue('node')))
    await using one = await OneNode.start({
      overrides: {
        'odradek.http.listeners': 'https://127.0.0.1:0',
        ...Object.fromEntries(own.map(([name, value]) => [`listener.name.odradek_http.${name}`, value])),
        'listener.name.odradek_http.ssl.client.auth': 'required',
      },
    })
    const me = authority.issue('me')
    const status = (more: object) =>
      new Promise<number | undefined>((resolve, reject) => {
        const options = { host: '127.0.0.1', port: one.node.http[0]?.port, path: '/metrics', ca: authority.pem }
        secureRequest({ ...options, agent: false, ...more }, (response) => {
          response.resume()
          resolve(response.statusCode)
        })
          .on('error', reject)
          .end()
      })
    expect(await status({ key: me.keyPem, cert: me.chainPem })).toBe(200)
    await expect(status({})).rejects.toThrow()
  })

  it('does not start where another program has a port, and says which setting named it', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    for (const setting of ['odradek.http.listeners', 'odradek.schema.registry.listeners']) {
      const start = OneNode.start({ overrides: { [setting]: `http://127.0.0.1:${port}` } })
      const error = await start.then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(sentenceFor(error)).toBe(
        `Stop the process that uses 127.0.0.1:${port}, or set another port in ${setting}: the address is in use.`,
      )
    }
    other.close()
  })

  it('does not start without a key, and says why in one sentence', async () => {
    const start = OneNode.start({ overrides: { 'odradek.http.listeners': 'https://127.0.0.1:0' } })
    await expect(start).rejects.toThrow(/^Set ssl.keystore.location and .* for the listener ODRADEK_HTTP/)
  })
})
