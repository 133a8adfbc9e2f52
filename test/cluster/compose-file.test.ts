import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { containerConfig } from '../../src/cli/container-config.ts'
import { NODE_OPTIONS } from '../../tools/node-options.ts'
import { interpolate, parseCompose } from './compose-file.ts'
import { parseDockerfile } from './dockerfile.ts'
import { resized } from './resized.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const text = (name: string) => readFileSync(join(ROOT, name), 'utf8')
/** A variable as the file has it. */
const braced = (inside: string): string => `$\{${inside}}`
const NOWHERE = { mounted: '/nonexistent/m', secrets: '/nonexistent/s', data: '/nonexistent/d' }

describe('the compose file', () => {
  const { services, volumes } = parseCompose(text('docker-compose.yml'))
  const configs = services.map(({ environment }) => containerConfig(environment, [], NOWHERE))

  test('has three nodes that make one cluster', () => {
    expect(configs.map(({ config }) => config.nodeId)).toEqual([1, 2, 3])
    expect(new Set(configs.map(({ clusterId }) => clusterId)).size).toBe(1)
    for (const [i, { config }] of configs.entries()) {
      expect([config.isBroker, config.isController]).toEqual([true, true])
      expect(config.quorumVoters.map(({ id, host, port }) => `${id}@${host}:${port}`)).toEqual(
        services.map(({ hostname }, at) => `${at + 1}@${hostname}:9093`),
      )
      expect(config.controllerListeners.map(({ port }) => port)).toEqual([9093])
      expect(config.logDirs).toEqual([services[i]?.volumes[0]?.target])
    }
  })

  test('keeps three copies of everything, two of which must have a record', () => {
    for (const { config } of configs) {
      expect(config.get('default.replication.factor')).toBe(3)
      expect(config.get('offsets.topic.replication.factor')).toBe(3)
      expect(config.get('transaction.state.log.replication.factor')).toBe(3)
      expect(config.get('share.coordinator.state.topic.replication.factor')).toBe(3)
      expect(config.get('min.insync.replicas')).toBe(2)
      expect(config.get('transaction.state.log.min.isr')).toBe(2)
      expect(config.get('share.coordinator.state.topic.min.isr')).toBe(2)
      expect(config.warnings).toEqual([])
    }
  })

  test('is reached from inside and from outside, at other ports where asked', () => {
    const told = (i: number) =>
      configs[i]?.config.brokerListeners.map(({ advertised }) => `${advertised?.host}:${advertised?.port}`)
    expect([0, 1, 2].map(told)).toEqual(
      [29092, 39092, 49092].map((port, i) => [`kafka-${i + 1}:19092`, `localhost:${port}`]),
    )
    expect(services.map(({ ports }) => ports)).toEqual(
      [20_000, 30_000, 40_000].map((base) =>
        [9092, 9080, 8081].map((target) => ({ published: base + target, target })),
      ),
    )
    const other = parseCompose(text('docker-compose.yml'), { KAFKA_2_PORT: '5000' }).services[1]
    expect(other?.ports[0]).toEqual({ published: 5000, target: 9092 })
    expect(other?.environment.KAFKA_ADVERTISED_LISTENERS).toMatch(/localhost:5000$/)
  })

  test('serves the console and the registry at every address of each node', () => {
    for (const { config } of configs) {
      const served = [...config.httpListeners, ...config.registry.listeners]
      expect(served.map(({ host, port }) => [host, port])).toEqual([
        ['', 9080],
        ['', 8081],
      ])
    }
  })

  test('gives each node a volume of its own', () => {
    expect(new Set(services.flatMap((each) => each.volumes.map(({ source }) => source)))).toEqual(new Set(volumes))
    expect(volumes).toHaveLength(3)
  })

  test.each([
    [4, [1, 2, 3]],
    [5, [1, 2, 3, 4, 5]],
  ])('can have %i nodes', (count, voters) => {
    const ports = Array.from({ length: count }, (_, i) => 1_000 + i)
    const variables = Object.fromEntries(ports.map((port, i) => [`KAFKA_${i + 1}_PORT`, String(port)]))
    const larger = resized(parseCompose(text('docker-compose.yml'), variables), ports)
    const all = larger.services.map(({ environment }) => containerConfig(environment, [], NOWHERE).config)
    expect(all.map(({ nodeId }) => nodeId)).toEqual(ports.map((_, i) => i + 1))
    for (const [i, config] of all.entries()) {
      expect(config.quorumVoters.map(({ id, host }) => `${id}@${host}`)).toEqual(
        voters.map((id) => `${id}@kafka-${id}`),
      )
      expect(config.isController).toBe(voters.includes(i + 1))
      const told = config.brokerListeners.map(({ advertised }) => `${advertised?.host}:${advertised?.port}`)
      expect(told).toEqual([`kafka-${i + 1}:19092`, `localhost:${ports[i]}`])
    }
    expect(larger.services.map(({ ports: [port] }) => port?.published)).toEqual(ports)
    expect(new Set(larger.volumes).size).toBe(count)
  })

  test('refuses what it does not know', () => {
    expect(() => parseCompose('services: { a: { networks: [x] } }')).toThrow(/networks/)
    expect(() => parseCompose('services: { a: { volumes: ["x:/y"] } }')).toThrow(/not declared/)
    expect(() => parseCompose('services: { a: { ports: ["80"] } }')).toThrow(/published:target/)
  })

  test.each([
    [`$A-${braced('A')}`, 'a-a'],
    [`${braced('B:-b')}${braced('E:-e')}${braced('E-f')}`, 'be'],
    [braced('B'), ''],
    ['$$A', '$A'],
  ])('%s is %s', (written, meant) => {
    expect(interpolate(written, { A: 'a', E: '' })).toBe(meant)
  })

  test('a variable that must be set is asked for', () => {
    expect(() => interpolate(braced('B:?say it'), {})).toThrow('B is not set: say it')
  })
})

describe('the Dockerfile', () => {
  const image = parseDockerfile(text('Dockerfile'))

  test('runs the program as a user without rights', () => {
    expect([...image.entrypoint, ...image.cmd]).toEqual([
      'node',
      ...NODE_OPTIONS,
      '/opt/odradek/dist/main.js',
      'container',
    ])
    expect(image.user).not.toBe('root')
    expect(image.healthcheck).toEqual([...image.entrypoint, ...image.cmd, '--health'])
  })

  test('starts Node as npm start and the installed command do', () => {
    expect(NODE_OPTIONS).not.toEqual([])
    expect(text('src/main.ts').split('\n')[0]).toBe(`#!/usr/bin/env -S node ${NODE_OPTIONS.join(' ')}`)
  })

  test("has the volumes of Kafka's image", () => {
    expect(image.volumes).toEqual(['/etc/kafka/secrets', '/var/lib/kafka/data', '/mnt/shared/config'])
  })

  test('copies only what is there and what .dockerignore lets through', () => {
    const allowed = new Set(
      text('.dockerignore')
        .split('\n')
        .filter((line) => line.startsWith('!'))
        .map((line) => line.slice(1)),
    )
    const copied = [...text('Dockerfile').matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    )
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    expect(copied.filter((path) => !allowed.has(path))).toEqual([])
    expect(image.copies.find(({ from }) => from === 'dist')?.to).toBe('/opt/odradek/dist')
  })

  test('the reader of Dockerfiles', () => {
    const parsed = parseDockerfile(
      'FROM a AS one\nWORKDIR /w\nRUN x \\\n  y\nFROM b\n# no\nWORKDIR /v\nENV A=1 B="2 3"\nCOPY --from=one /w/out/ ./in/\nCMD ["c"]\n',
    )
    expect(parsed).toMatchObject({ workdir: '/v', env: { A: '1', B: '2 3' }, cmd: ['c'] })
    expect(() => parseDockerfile('RUN x')).toThrow(/before FROM/)
    expect(() => parseDockerfile('FROM a\nONBUILD x')).toThrow(/ONBUILD/)
    expect(() => parseDockerfile('FROM a\nCMD node')).toThrow()
  })
})
