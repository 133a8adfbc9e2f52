import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { containerConfig } from '../../src/cli/container-config.ts'
import { nodeBinary, odradek, odradekMain } from '../support/broker.ts'
import { freePort } from '../support/ports.ts'
import { Running } from '../support/running.ts'
import { until } from '../support/wait.ts'

const dir = mkdtempSync(join(tmpdir(), 'odradek-container-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function directories(name: string, files: Readonly<Record<string, string>> = {}) {
  const at = { mounted: join(dir, name, 'mounted'), secrets: join(dir, name, 'secrets'), data: join(dir, name, 'data') }
  for (const path of [at.mounted, at.secrets]) mkdirSync(path, { recursive: true })
  for (const [path, text] of Object.entries(files)) writeFileSync(join(dir, name, path), text)
  return at
}

const NODE = {
  KAFKA_NODE_ID: '3',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '3@localhost:9093',
}
const FILE =
  'process.roles=broker\nnode.id=5\ncontroller.listener.names=C\ncontroller.quorum.voters=1@c:9093\nnum.partitions=4\n'

describe('the configuration of a container', () => {
  test('is a cluster of one where nothing is said', () => {
    const { config, clusterId } = containerConfig({ PATH: '/bin' }, [], directories('nothing'))
    expect([config.nodeId, config.isBroker, config.isController]).toEqual([1, true, true])
    expect(config.logDirs).toEqual([join(dir, 'nothing', 'data')])
    expect(config.warnings).toEqual([])
    expect(clusterId).toBe('5L6g3nShT-eMCtK--X86sw')
  })

  test('is the environment alone where no file is mounted', () => {
    const given = { ...NODE, KAFKA_LOG_DIRS: '/a,/b', CLUSTER_ID: 'MkU3OEVBNTcwNTJENDM2Qg' }
    const { config, clusterId } = containerConfig(given, [], directories('alone'))
    expect([config.nodeId, config.logDirs]).toEqual([3, ['/a', '/b']])
    expect(config.given.has('offsets.topic.replication.factor')).toBe(false)
    expect(clusterId).toBe('MkU3OEVBNTcwNTJENDM2Qg')
  })

  test('is a mounted file with the environment over it, and arguments over that', () => {
    const at = directories('file', { 'mounted/server.properties': `${FILE}log.dirs=/own\n` })
    const { config } = containerConfig(
      { KAFKA_NODE_ID: '6', KAFKA_NUM_PARTITIONS: '7' },
      ['KAFKA_NUM_PARTITIONS=8'],
      at,
    )
    expect([config.nodeId, config.get('num.partitions'), config.logDirs]).toEqual([6, 8, ['/own']])
  })

  test('knows the key stores of TLS by the names of their files', () => {
    const tls = {
      KAFKA_ADVERTISED_LISTENERS: 'SSL://localhost:9092',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'SSL:SSL,C:PLAINTEXT',
      KAFKA_SECURITY_INTER_BROKER_PROTOCOL: 'SSL',
      KAFKA_SSL_KEYSTORE_FILENAME: 'store.jks',
      KAFKA_SSL_KEY_CREDENTIALS: 'key',
      KAFKA_SSL_KEYSTORE_CREDENTIALS: 'keystore',
    }
    const at = directories('tls', {
      'mounted/server.properties': FILE,
      'secrets/store.jks': '',
      'secrets/key': 'one\n',
    })
    expect(() => containerConfig(tls, [], at)).toThrow(
      /Put the file that KAFKA_SSL_KEYSTORE_CREDENTIALS names at .*keystore/,
    )
    writeFileSync(join(at.secrets, 'keystore'), 'two\n')
    const { config } = containerConfig(tls, [], at)
    const text = (name: string) => config.given.get(name)?.text
    expect(text('ssl.keystore.location')).toBe(join(at.secrets, 'store.jks'))
    expect([text('ssl.key.password'), text('ssl.keystore.password')]).toEqual(['one', 'two'])
    expect(text('listeners')).toBe('SSL://0.0.0.0:9092')
  })

  test.each([
    [
      'an advertised controller',
      { ...NODE, KAFKA_PROCESS_ROLES: 'controller', KAFKA_ADVERTISED_LISTENERS: 'A://a:1' },
      /^Take KAFKA_ADVERTISED_LISTENERS out/,
    ],
    [
      'TLS without a key store',
      { ...NODE, KAFKA_ADVERTISED_LISTENERS: 'SSL://a:1' },
      /^Set KAFKA_SSL_KEYSTORE_FILENAME/,
    ],
    [
      'a value that is no number',
      { ...NODE, KAFKA_NUM_PARTITIONS: 'x' },
      /^Invalid value x for configuration num\.partitions/,
    ],
  ])('is refused for %s', (_, given, sentence) => {
    expect(() => containerConfig(given, [], directories('refused'))).toThrow(sentence)
  })

  test('is refused for an argument that is no assignment', () => {
    expect(() => containerConfig(NODE, ['nonsense'], directories('refused'))).toThrow(/NAME=value/)
  })
})

describe('a container', () => {
  test('formats at the first start, answers its health check and keeps its directory', async () => {
    const at = directories('run')
    const [port, controllerPort] = [await freePort(), await freePort()]
    const env = {
      ...process.env,
      ...NODE,
      KAFKA_LISTENERS: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
      KAFKA_CONTROLLER_QUORUM_VOTERS: `3@127.0.0.1:${controllerPort}`,
    }
    const args = ['container', '--mounted', at.mounted, '--secrets', at.secrets, '--data', at.data]
    const health = () => odradek([...args, '--health'], 120_000, env)
    expect(await health()).toMatchObject({ code: 1, err: expect.stringMatching(/^Nothing answers on /) })
    for (let round = 0; round < 2; round += 1) {
      await using node = new Running(nodeBinary(), [odradekMain(), ...args], { env })
      await until('the node to be healthy', async () => !node.running || (await health()).code === 0)
      expect(node.output).toContain('is ready')
      expect(node.output.includes('Formatting')).toBe(round === 0)
      expect(await node.stop()).toBe(0)
    }
    const other = await odradek(args, 120_000, { ...env, CLUSTER_ID: 'MkU3OEVBNTcwNTJENDM2Qg' })
    expect(other.code).toBe(1)
    expect(other.err).toMatch(/^Invalid cluster\.id in: .*Expected MkU3OEVBNTcwNTJENDM2Qg, but read 5L6g3nShT/)
  })

  test('that would be one of several dynamic controllers is told how to become one', async () => {
    const { KAFKA_CONTROLLER_QUORUM_VOTERS: _, ...given } = NODE
    const env = { ...process.env, ...given, KAFKA_CONTROLLER_QUORUM_BOOTSTRAP_SERVERS: 'other:9093' }
    const { code, err } = await odradek(['container', '--data', directories('dynamic').data], 120_000, env)
    expect(err).toMatch(/^Set KAFKA_CONTROLLER_QUORUM_VOTERS, or format the volume /)
    expect(code).toBe(1)
  })
})
