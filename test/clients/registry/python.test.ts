import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../../support/available.ts'
import { JsonLines } from '../../support/json-lines.ts'
import { OneNode } from '../../support/one-node.ts'
import { noPython, PYTHON, python } from '../../support/python.ts'

/** The client's own requirements for each language of schemas. */
const hasSerialisers = () =>
  spawnSync(PYTHON, ['-c', 'import httpx2, authlib, fastavro, jsonschema, google.protobuf']).status === 0

describe.skipIf(noPython() || missing('what Python’s schema registry client needs', hasSerialisers()))(
  'Confluent’s Python client of a schema registry',
  () => {
    let one: OneNode
    let lines: JsonLines

    const call = async (op: string, fields: object = {}): Promise<unknown> => {
      const answer = await lines.call({ op, ...fields })
      if (answer.error !== undefined) throw new Error(`${op}: ${String(answer.error)}\n${lines.errors.slice(-3_000)}`)
      return answer.result
    }

    beforeAll(async () => {
      one = await OneNode.start({ overrides: { 'odradek.schema.registry.listeners': 'http://127.0.0.1:0' } })
      lines = new JsonLines(python(new URL('./registry.py', import.meta.url)))
      await call('connect', { url: `http://127.0.0.1:${one.node.registry[0]?.port}` })
    })

    afterAll(async () => {
      lines?.close()
      one?.session.close()
      await one?.node.close()
    })

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
