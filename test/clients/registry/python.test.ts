import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../../support/available.ts'
import { noPython, PYTHON, python } from '../../support/python.ts'
import { SerialiserProgram } from './serialiser-program.ts'

/** The client's own requirements for each language of schemas. */
const hasSerialisers = () =>
  spawnSync(PYTHON, ['-c', 'import httpx2, authlib, fastavro, jsonschema, google.protobuf']).status === 0

describe.skipIf(noPython() || missing('what Python’s schema registry client needs', hasSerialisers()))(
  'Confluent’s Python client of a schema registry',
  () => {
    let program: SerialiserProgram
    const call = (op: string, fields: object = {}) => program.call(op, fields)

    beforeAll(async () => {
      program = await SerialiserProgram.start(() => python(new URL('./registry.py', import.meta.url)))
    })
    afterAll(() => program?.[Symbol.asyncDispose]())

    it('serialises Avro with references', async () => {
      expect(await call('avro', { topic: 'avro' })).toMatchObject({ same: true })
    })

    it('serialises JSON', async () => {
      expect(await call('json', { topic: 'json' })).toEqual({ same: true })
    })

    it('serialises Protobuf with what its file imports', async () => {
      const own = { same: true, references: ['inner.proto'] }
      expect(await call('protobuf', { topic: 'protobuf', skips: true })).toEqual(own)
      const all = { same: true, references: ['inner.proto', 'google/protobuf/timestamp.proto'] }
      expect(await call('protobuf', { topic: 'protobuf-all', skips: false })).toEqual(all)
    })

    it('administers subjects', async () => {
      expect(await call('administer')).toEqual({
        same: true,
        refused: [409, 40901],
        level: 'NONE',
        config: 'NONE',
        compatible: true,
        types: ['AVRO', 'JSON', 'PROTOBUF'],
        versions: [1],
        subjects: ['py-admin'],
        mode: 'READWRITE',
        contexts: ['.'],
        referenced: true,
        left: false,
      })
    })
  },
)
