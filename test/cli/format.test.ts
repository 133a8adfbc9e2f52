import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Prng } from '../../src/base/prng.ts'
import { directoriesOf, type FormatWorld, formatDirectories } from '../../src/cli/format-directories.ts'
import { type FormatArguments, formatPlan } from '../../src/cli/storage-format.ts'
import { storageInfo } from '../../src/cli/storage-info.ts'
import { UserError } from '../../src/cli/user-error.ts'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { randomUuid } from '../../src/io/random-uuid.ts'
import { parseSnapshot } from '../../src/metadata/snapshot-file.ts'
import { readMetaProperties } from '../../src/storage/meta-properties.ts'

const CLUSTER = 'EsoipPllTquqfWLYvC7-jw'
const CHECKPOINT = '__cluster_metadata-0/00000000000000000000-0000000000.checkpoint'

const configOf = (changes: Record<string, string> = {}): BrokerConfig => {
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: 'PLAINTEXT://localhost:19092,CONTROLLER://localhost:19093',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': '/d1,/d2',
    ...(changes['controller.quorum.voters'] ? {} : { 'controller.quorum.bootstrap.servers': 'localhost:19093' }),
    ...changes,
  }
  return new BrokerConfig({ file: new Map(Object.entries(properties)) })
}

function world(): FormatWorld & { readonly lines: string[] } {
  const prng = new Prng(7)
  const random = {
    below: (bound: number) => prng.below(bound),
    bytes: (size: number) => Buffer.from(Array.from({ length: size }, () => prng.below(256))),
  }
  const lines: string[] = []
  return { disk: new MemoryDisk().blocking, random, nowMs: 1_795_228_396_114, lines, say: (line) => lines.push(line) }
}

const format = (config: BrokerConfig, args: Partial<FormatArguments>, into: FormatWorld = world()) =>
  formatDirectories(formatPlan(config, { clusterId: CLUSTER, ...args }), into)

const golden = (file: string): Buffer =>
  Buffer.from(
    readFileSync(join(import.meta.dirname, '../golden/disk/formatted', `${file}.hex`), 'ascii').replace(/\n/g, ''),
    'hex',
  )

describe('storage format', () => {
  test('--standalone leaves the files that Kafka leaves', () => {
    const into = world()
    const config = configOf()
    format(config, { standalone: true }, into)
    expect(into.lines.slice(1)).toEqual([
      'Formatting data directory /d2 with metadata.version 4.3-IV0.',
      'Formatting dynamic metadata voter directory /d1 with metadata.version 4.3-IV0.',
    ])
    const [d1, d2] = ['/d1', '/d2'].map((dir) => readMetaProperties(into.disk, dir))
    expect(d1).toMatchObject({ clusterId: CLUSTER, nodeId: 1 })
    expect(d2).toMatchObject({ clusterId: CLUSTER, nodeId: 1 })
    expect(d1?.directoryId).not.toBe(d2?.directoryId)
    const quorum = parseSnapshot(into.disk.readFile(`/d1/${CHECKPOINT}`) ?? Buffer.alloc(0))
    expect(quorum.kraftVersion).toBe(1)
    expect(quorum.voters).toMatchObject([
      {
        voterId: 1,
        voterDirectoryId: d1?.directoryId,
        endpoints: [{ name: 'CONTROLLER', host: 'localhost', port: 19093 }],
      },
    ])
    expect(into.disk.stat(`/d2/${CHECKPOINT}`)).toBeUndefined()
    expect(storageInfo(directoriesOf(config), into.disk).healthy).toBe(true)
  })

  test('the features are those of Kafka’s own bootstrap.checkpoint', () => {
    const into = world()
    format(configOf(), { standalone: true }, into)
    const features = (bytes: Buffer | undefined) =>
      parseSnapshot(bytes ?? Buffer.alloc(0)).records.filter((record) => record.type === 'FeatureLevelRecord')
    const kafkas = features(golden('bootstrap.checkpoint'))
    expect(features(into.disk.readFile('/d1/bootstrap.checkpoint'))).toEqual(kafkas)
    expect(features(into.disk.readFile('/d2/bootstrap.checkpoint'))).toEqual(kafkas)
  })

  test('--release-version starts with the features of that release', () => {
    const into = world()
    format(configOf(), { standalone: true, releaseVersion: '4.0' }, into)
    expect(into.lines[0]).toBe(
      'Bootstrap metadata: BootstrapMetadata(records=[' +
        "ApiMessageAndVersion(FeatureLevelRecord(name='metadata.version', featureLevel=25) at version 0), " +
        "ApiMessageAndVersion(FeatureLevelRecord(name='group.version', featureLevel=1) at version 0), " +
        "ApiMessageAndVersion(FeatureLevelRecord(name='transaction.version', featureLevel=2) at version 0)], " +
        'metadataVersionLevel=25, source=format command)',
    )
  })

  test('static voters: no first snapshot', () => {
    const into = world()
    format(configOf({ 'controller.quorum.voters': '1@localhost:19093' }), {}, into)
    expect(into.lines.at(-1)).toBe('Formatting metadata directory /d1 with metadata.version 4.3-IV0.')
    expect(into.disk.stat(`/d1/${CHECKPOINT}`)).toBeUndefined()
  })

  test('--initial-controllers gives this node its directory id', () => {
    const into = world()
    format(
      configOf(),
      { initialControllers: '1@localhost:19093:MvDxzVmcRsaTz33bUuRU6A,2@[::1]:1:07R5amHmR32VDA6jHkGbTA' },
      into,
    )
    expect(readMetaProperties(into.disk, '/d1')?.directoryId).toBe('MvDxzVmcRsaTz33bUuRU6A')
    const { voters } = parseSnapshot(into.disk.readFile(`/d1/${CHECKPOINT}`) ?? Buffer.alloc(0))
    expect(voters?.map((voter) => [voter.voterId, voter.endpoints[0]?.host])).toEqual([
      [1, 'localhost'],
      [2, '::1'],
    ])
  })

  test('a directory id that a person made up is read as Kafka reads it', () => {
    const into = world()
    format(configOf(), { initialControllers: '1@localhost:19093:Wc1ccFdYTuaACTkGYEHVmB' }, into)
    expect(readMetaProperties(into.disk, '/d1')?.directoryId).toBe('Wc1ccFdYTuaACTkGYEHVmA')
    into.disk.writeFile(
      '/d1/meta.properties',
      `version=1\ncluster.id=${CLUSTER}\nnode.id=1\ndirectory.id=Wc1ccFdYTuaACTkGYEHVmD\n`,
    )
    expect(readMetaProperties(into.disk, '/d1')?.directoryId).toBe('Wc1ccFdYTuaACTkGYEHVmA')
  })

  test('a formatted directory is refused, or skipped on demand', () => {
    const into = world()
    format(configOf({ 'log.dirs': '/d1' }), { standalone: true }, into)
    expect(() => format(configOf(), { standalone: true }, into)).toThrow(
      'Log directory /d1 is already formatted. Use --ignore-formatted to ignore this directory and format the others.',
    )
    into.lines.length = 0
    format(configOf(), { standalone: true, ignoreFormatted: true }, into)
    expect(into.lines.slice(1)).toEqual(['Formatting data directory /d2 with metadata.version 4.3-IV0.'])
    format(configOf(), { standalone: true, ignoreFormatted: true }, into)
    expect(into.lines.at(-1)).toBe('All of the log directories are already formatted.')
    expect(() => format(configOf(), { clusterId: 'other', standalone: true, ignoreFormatted: true }, into)).toThrow(
      `Invalid cluster.id in: /d1/meta.properties. Expected other, but read ${CLUSTER}`,
    )
  })

  const voters = { 'controller.quorum.voters': '1@localhost:19093' }
  const broker = { 'process.roles': 'broker', listeners: 'PLAINTEXT://localhost:19092' }
  test.each<[Record<string, string>, Partial<FormatArguments>, string]>([
    [{}, {}, 'Because controller.quorum.voters is not set on this controller, you must specify one of'],
    [broker, { standalone: true }, 'You can only use --standalone on a controller.'],
    [voters, { standalone: true }, 'You cannot specify controller.quorum.voters and format the node with'],
    [
      {},
      { standalone: true, releaseVersion: '1.0' },
      "Unknown metadata.version '1.0'. Supported metadata.version are: 3.3-IV3",
    ],
    [{}, { standalone: true, feature: ['foo=1'] }, 'Unsupported feature: foo. Supported features are: eligible.leader'],
    [{}, { standalone: true, feature: ['group.version=9'] }, 'No feature:group.version with feature level 9'],
    [{}, { standalone: true, feature: ['x'] }, "Can't parse feature=level string x: equals sign not found."],
    [
      {},
      { standalone: true, feature: ['kraft.version=0'] },
      'Cannot set kraft.version to 0 if controller.quorum.voters',
    ],
    [
      voters,
      { feature: ['kraft.version=1'] },
      'Cannot set kraft.version to 1 unless controller.quorum.voters is empty',
    ],
    [
      {},
      { standalone: true, releaseVersion: '4.0', feature: ['metadata.version=20'] },
      'Use --release-version instead of --feature metadata.version=X to avoid ambiguity.',
    ],
    [{}, { initialControllers: 'bad' }, 'Write --initial-controllers as id@host:port:directory-id'],
  ])('refuses %j %j', (changes, args, sentence) => {
    expect(() => format(configOf(changes), args)).toThrow(UserError)
    expect(() => format(configOf(changes), args)).toThrow(sentence)
  })
})

test('storage info tells what is missing', () => {
  const { disk } = world()
  disk.makeDirectory('/there')
  disk.writeFile('/file', 'x')
  expect(storageInfo(['/there', '/file', '/nowhere'], disk)).toEqual({
    lines: [
      'Found log directory:',
      '  /there',
      '',
      'Found problems:',
      '  /file is not a directory',
      '  /nowhere does not exist',
      '  /there is not formatted.',
      '',
    ],
    healthy: false,
  })
})

test('random ids are ids, and never look like an option', () => {
  const { random } = world()
  for (let i = 0; i < 200; i++) expect(randomUuid(random)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
})
