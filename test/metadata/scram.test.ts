import { expect, test } from 'vitest'
import { MetadataDelta } from '../../src/metadata/delta.ts'
import { METADATA_VERSION } from '../../src/metadata/features.ts'
import { MetadataImage } from '../../src/metadata/image.ts'
import type { ControllerEnv } from '../../src/metadata/manager.ts'
import { metadataRecord } from '../../src/metadata/records.ts'
import type { ScramCommands } from '../../src/metadata/scram/commands.ts'
import { scramManager } from '../../src/metadata/scram/manager.ts'

const KEYS = { salt: Buffer.from('s'), storedKey: Buffer.from('k'), serverKey: Buffer.from('v') }

/** The records of each command are replayed at once, as the controller does. */
function controller(metadataVersion = 30) {
  const image = new MetadataImage('test')
  const replay = (record: Parameters<MetadataImage['replay']>[0]) => image.replay(record, new MetadataDelta())
  replay(metadataRecord('FeatureLevelRecord', { name: METADATA_VERSION, featureLevel: metadataVersion }))
  const alter = (command: ScramCommands['alterUserScramCredentials']['command']) => {
    const { records, reply } = scramManager().alterUserScramCredentials(command, { image } as ControllerEnv)
    for (const record of records) replay(record)
    return reply.map(({ user, error, message }) => [user, error, message])
  }
  return { image, alter }
}

const set = (name: string, mechanism = 1, iterations = 4096) => ({ name, mechanism, iterations, ...KEYS })

test('credentials come, change and go', () => {
  const { image, alter } = controller()
  expect(alter({ deletions: [], upsertions: [set('a'), set('b', 2, 16_384)] })).toEqual([
    ['a', 'NONE', null],
    ['b', 'NONE', null],
  ])
  expect(image.scramCredential(2, 'b')).toMatchObject({ iterations: 16_384 })
  alter({ deletions: [], upsertions: [set('a', 1, 5000)] })
  expect(image.scramCredential(1, 'a')).toMatchObject({ iterations: 5000 })
  expect(alter({ deletions: [{ name: 'a', mechanism: 1 }], upsertions: [set('c')] })).toEqual([
    ['a', 'NONE', null],
    ['c', 'NONE', null],
  ])
  expect([...image.scramCredentials()].map(({ name }) => name)).toEqual(['b', 'c'])
})

test.each([
  [set('', 1), 'UNACCEPTABLE_CREDENTIAL', 'Username must not be empty'],
  [set('u', 0), 'UNSUPPORTED_SASL_MECHANISM', 'Unknown SCRAM mechanism'],
  [set('u', 3), 'UNSUPPORTED_SASL_MECHANISM', 'Unknown SCRAM mechanism'],
  [set('u', 1, 4095), 'UNACCEPTABLE_CREDENTIAL', 'Too few iterations'],
  [set('u', 2, 16_385), 'UNACCEPTABLE_CREDENTIAL', 'Too many iterations'],
  [set('u', 1, -1), 'UNACCEPTABLE_CREDENTIAL', 'Too few iterations'],
])('%j is refused, the others of the request are not', (upsertion, error, message) => {
  const { image, alter } = controller()
  const reply = alter({ deletions: [], upsertions: [upsertion, set('other')] })
  expect(reply).toContainEqual([upsertion.name, error, message])
  expect(reply).toContainEqual(['other', 'NONE', null])
  expect([...image.scramCredentials()].length).toBe(1)
})

test('what is not there can not be deleted, of another mechanism neither', () => {
  const { alter } = controller()
  alter({ deletions: [], upsertions: [set('a')] })
  for (const [name, mechanism] of [
    ['a', 2],
    ['b', 1],
  ] as const) {
    const message = 'Attempt to delete a user credential that does not exist'
    expect(alter({ deletions: [{ name, mechanism }], upsertions: [] })).toEqual([[name, 'RESOURCE_NOT_FOUND', message]])
  }
})

test('nobody is altered twice in one request', () => {
  const { image, alter } = controller()
  alter({ deletions: [], upsertions: [set('a'), set('b')] })
  const message = 'A user credential cannot be altered twice in the same request'
  const twice = (user: string) => [user, 'DUPLICATE_RESOURCE', message]
  expect(alter({ deletions: [{ name: 'a', mechanism: 1 }], upsertions: [set('a', 2), set('a')] })).toEqual([twice('a')])
  expect(alter({ deletions: [], upsertions: [set('b'), set('b', 2)] })).toEqual([twice('b')])
  const deleted = { name: 'b', mechanism: 1 }
  expect(alter({ deletions: [deleted, deleted], upsertions: [] })).toEqual([twice('b')])
  expect([...image.scramCredentials()].length).toBe(2)
})

test('a cluster of before 3.5 has none', () => {
  const { alter } = controller(10)
  expect(alter({ deletions: [], upsertions: [set('a')] })).toEqual([
    ['a', 'UNSUPPORTED_VERSION', 'The current metadata.version does not support SCRAM'],
  ])
})
