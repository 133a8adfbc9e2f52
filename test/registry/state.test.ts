import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { guidOf } from '../../src/registry/hash.ts'
import { type Change, decodeChange, encodeChange } from '../../src/registry/records.ts'
import { RegistryState } from '../../src/registry/state.ts'

const entry = (key: string, value: string | null) => ({
  key: Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
})

/** As Confluent's registry has written them, through its versions. */
const WRITTEN: readonly (readonly [string, string | null])[] = [
  ['{"keytype":"NOOP","magic":0}', null],
  ['{"subject":null,"magic":0,"keytype":"CONFIG"}', '{"compatibilityLevel":"FULL"}'],
  [
    '{"subject":"a","version":1,"magic":0,"keytype":"SCHEMA"}',
    '{"subject":"a","version":1,"id":1,"schema":"\\"int\\""}',
  ],
  [
    '{"keytype":"SCHEMA","subject":"a","version":2,"magic":1}',
    '{"subject":"a","version":2,"id":2,"schema":"\\"long\\"","deleted":false}',
  ],
  [
    '{"keytype":"SCHEMA","subject":"p","version":1,"magic":1}',
    '{"subject":"p","version":1,"id":3,"schemaType":"PROTOBUF","references":[{"name":"x.proto","subject":"a","version":1}],"schema":"syntax = \\"proto3\\";","deleted":false,"offset":7,"ts":1}',
  ],
  ['{"keytype":"MODE","subject":"a","magic":0}', '{"subject":"a","mode":"READONLY"}'],
  ['{"keytype":"DELETE_SUBJECT","subject":"a","magic":0}', '{"subject":"a","version":1}'],
  ['{"keytype":"CONTEXT","tenant":"default","context":".c","magic":0}', '{"tenant":"default","context":".c"}'],
  ['{"keytype":"ASSOC","tenant":"default","magic":0}', '{"whatever":1}'],
]

const read = (records: readonly (readonly [string, string | null])[]): RegistryState => {
  const state = new RegistryState()
  for (const [key, value] of records) {
    const change = decodeChange(entry(key, value))
    if (change !== undefined) state.replay(change, 0)
  }
  return state
}

describe('the topic _schemas', () => {
  it('is read as Confluent’s registry has written it', () => {
    const state = read(WRITTEN)
    expect(state.config(undefined)).toEqual({ compatibilityLevel: 'FULL' })
    expect(state.versions('a').map(({ id, deleted }) => [id, deleted])).toEqual([
      [1, true],
      [2, false],
    ])
    expect(state.version('p', 1)).toMatchObject({ schemaType: 'PROTOBUF', id: 3 })
    expect(state.referrers('a', 1, false).map(({ subject }) => subject)).toEqual(['p'])
    expect(state.mode('a')).toBe('READONLY')
    expect(state.contexts).toEqual(['.', '.c'])
    expect(state.maxId('a')).toBe(3)
  })

  it('forgets what is gone for good', () => {
    const gone: readonly (readonly [string, null])[] = [
      ['{"keytype":"SCHEMA","subject":"a","version":1,"magic":1}', null],
      ['{"keytype":"SCHEMA","subject":"p","version":1,"magic":1}', null],
      ['{"keytype":"MODE","subject":"a","magic":0}', null],
      ['{"keytype":"CONFIG","magic":0}', null],
      ['{"keytype":"CONTEXT","tenant":"default","context":".c","magic":0}', null],
    ]
    const state = read([...WRITTEN, ...gone])
    expect(state.versions('a').map(({ version }) => version)).toEqual([2])
    expect(state.byId(1, '', true)).toBeUndefined()
    expect(state.referrers('a', 1, true)).toEqual([])
    expect([state.mode('a'), state.config(undefined), state.contexts]).toEqual([undefined, undefined, ['.']])
    // An id that was given once is not given to another schema.
    expect(state.maxId('a')).toBe(3)
  })

  it('passes over a second schema of the same id', () => {
    const state = read(WRITTEN)
    const other = '{"subject":"b","version":1,"id":1,"schema":"\\"bytes\\"","deleted":false}'
    const change = decodeChange(entry('{"keytype":"SCHEMA","subject":"b","version":1,"magic":1}', other))
    expect(change && state.replay(change, 0)).toBe(false)
    expect(state.version('b', 1)).toBeUndefined()
  })

  it('is written with the bytes that compaction knows', () => {
    const schema = { schemaType: 'AVRO', schema: '"int"', references: [] } as const
    const value = { ...schema, subject: 'ü', version: 1, id: 5, guid: guidOf(schema), deleted: false }
    const changes: readonly (readonly [Change, string, string | null])[] = [
      [
        { type: 'schema', subject: 'ü', version: 1, value },
        '{"keytype":"SCHEMA","subject":"ü","version":1,"magic":1}',
        '{"subject":"ü","version":1,"id":5,"schemaType":"AVRO","schema":"\\"int\\"","deleted":false}',
      ],
      [
        { type: 'schema', subject: 'ü', version: 1, value: null },
        '{"keytype":"SCHEMA","subject":"ü","version":1,"magic":1}',
        null,
      ],
      [
        { type: 'config', subject: undefined, value: { compatibilityLevel: 'NONE' } },
        '{"keytype":"CONFIG","magic":0}',
        '{"compatibilityLevel":"NONE"}',
      ],
      [
        { type: 'mode', subject: 's', value: 'IMPORT' },
        '{"keytype":"MODE","subject":"s","magic":0}',
        '{"subject":"s","mode":"IMPORT"}',
      ],
      [
        { type: 'delete-subject', subject: 's', version: 3 },
        '{"keytype":"DELETE_SUBJECT","subject":"s","magic":0}',
        '{"subject":"s","version":3}',
      ],
      [
        { type: 'clear-subject', subject: 's' },
        '{"keytype":"CLEAR_SUBJECT","subject":"s","magic":0}',
        '{"subject":"s"}',
      ],
    ]
    for (const [change, key, text] of changes) {
      const written = encodeChange(change)
      expect([written.key.toString(), written.value?.toString() ?? null]).toEqual([key, text])
      expect(decodeChange(written)).toEqual(change)
    }
  })

  it('has the GUIDs of Confluent’s registry', () => {
    const md5 = (...parts: (string | Buffer)[]) =>
      parts.reduce((hash, part) => hash.update(part), createHash('md5')).digest('hex')
    const plain = guidOf({ schema: '"int"', references: [] })
    expect(plain).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(plain.replaceAll('-', '')).toBe(md5('"int"'))
    const rule = { name: 'r', kind: 'TRANSFORM', mode: 'WRITE', type: 'T', params: { k: 'v' }, disabled: true } as const
    const whole = {
      schema: '"int"',
      references: [{ name: 'n', subject: 's', version: 258 }],
      metadata: { tags: { p: ['t'] }, properties: { a: 'b' }, sensitive: ['a'] },
      ruleSet: { domainRules: [rule] },
    }
    const one = Buffer.of(1)
    const bytes = ['"int"', 'ns', Buffer.of(0, 0, 1, 2), one, 'pt', 'ab', 'a', one, 'rTRANSFORMWRITET', 'kv', one]
    expect(guidOf(whole).replaceAll('-', '')).toBe(md5(...bytes))
  })
})
