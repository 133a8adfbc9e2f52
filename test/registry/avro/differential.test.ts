import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { avroProblems } from '../../../src/registry/compatibility/avro/check.ts'
import { AvroReader } from '../../../src/registry/schemas/avro/parse.ts'
import { canonicalForm } from '../../../src/registry/schemas/avro/print.ts'
import { type AvroAnswer, askAvro, noAvro } from './oracle.ts'
import { avroText } from './schemas.ts'

function read(schema: string): AvroAnswer {
  try {
    return { text: canonicalForm(new AvroReader(true).read(schema)) }
  } catch (error) {
    return { error: String(error) }
  }
}

function compare(readerText: string, writerText: string): AvroAnswer {
  try {
    const [reader, writer] = [readerText, writerText].map((text) => new AvroReader(true).read(text))
    if (!reader || !writer) return {}
    return { problems: avroProblems(reader, writer) }
  } catch (error) {
    return { error: String(error) }
  }
}

const EDGES = [
  '"string"',
  'string',
  '"unknown"',
  '{}',
  '[]',
  '["null","null"]',
  '["null",["int"]]',
  '{"type":{"type":"int"}}',
  '{"type":"int","logicalType":"date","a":1.50,"b":1e10,"c":[null,{"z":1,"y":-0.0}]}',
  '{"type":"record","name":"R","fields":[]}',
  '{"type":"record","name":"a-b","fields":[]}',
  '{"type":"record","name":"1b","fields":[]}',
  '{"type":"record","name":"","fields":[]}',
  '{"type":"record","name":"a.b.R","namespace":"c","fields":[{"name":"n","type":["null","R","a.b.R"]}]}',
  '{"type":"record","name":"a.b.R","namespace":"c","fields":[{"name":"n","type":["null","R"],"default":null}]}',
  '{"type":"record","name":"R","namespace":"n","fields":[{"name":"f","type":{"type":"record","name":"I","namespace":"","fields":[{"name":"x","type":"n.R"}]}}]}',
  '{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}',
  '{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"1"}]}',
  '{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":2147483648}]}',
  '{"type":"record","name":"R","fields":[{"name":"a","type":"long","default":9223372036854775807}]}',
  '{"type":"record","name":"R","fields":[{"name":"a","type":"double","default":"NaN"}]}',
  '{"type":"record","name":"R","fields":[{"name":"a","type":"double","default":1}]}',
  '{"type":"record","name":"R","fields":[{"name":"a","type":"float","default":0.00001}]}',
  '{"type":"record","name":"R","fields":[{"name":"a","type":["null","int"],"default":1}]}',
  '{"type":"record","name":"R","fields":[{"name":"a","type":"int","order":"descending","aliases":["b","b","c"],"doc":"d","p":true}]}',
  '{"type":"record","name":"R","fields":[{"name":"a","type":"int","order":"up"}]}',
  '{"type":"record","name":"R","aliases":["S","n.T"],"doc":"\\u0001\\u2028\\"","fields":[]}',
  '{"type":"record","name":"R","namespace":"n","aliases":["S","n.T","m.U"],"fields":[]}',
  '{"type":"error","name":"E","fields":[]}',
  '{"type":"enum","name":"E","symbols":["A","A"]}',
  '{"type":"enum","name":"E","symbols":["A","B"],"default":"C"}',
  '{"type":"enum","name":"E","symbols":["A","B"],"default":"B","doc":"","extra":{}}',
  '{"type":"enum","name":"E","symbols":[]}',
  '{"type":"enum","name":"E","symbols":["a b"]}',
  '{"type":"fixed","name":"F","size":-1}',
  '{"type":"fixed","name":"F","size":1.5}',
  '{"type":"fixed","name":"F","size":0,"logicalType":"decimal","precision":4}',
  '{"type":"array"}',
  '{"type":"map","values":"Later"}',
  '[{"type":"record","name":"A","fields":[{"name":"b","type":"B"}]},{"type":"record","name":"B","fields":[]}]',
  '[{"type":"record","name":"A","fields":[]},{"type":"record","name":"A","fields":[]}]',
  '{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"fixed","name":"F","size":1}},{"name":"b","type":{"type":"fixed","name":"F","size":1}}]}',
  '{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"fixed","name":"F","size":1}},{"name":"b","type":{"type":"fixed","name":"F","size":2}}]}',
  '{"type":"record","namespace":"n","name":"string","fields":[{"name":"a","type":["null","n.string"]}]}',
  '{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]} trailing',
  '{"type":"record","name":"R","fields":[{"name":"__proto__","type":"int","constructor":1}],"__proto__":{"polluted":1}}',
]

describe.skipIf(noAvro())("beside Avro's Java library", () => {
  test('what is a schema and how it is printed', { timeout: 120_000 }, async () => {
    const texts = [...EDGES, ...fc.sample(avroText, { numRuns: 500, seed: 7 })]
    const told = await askAvro(texts.map((schema) => ({ schema })))
    const differ = texts.flatMap((schema, at) => {
      const own = read(schema)
      return own.text === told[at]?.text ? [] : [{ schema, own, java: told[at] }]
    })
    expect(differ).toEqual([])
  })

  test('what reads what', { timeout: 120_000 }, async () => {
    const pairs = fc.sample(fc.tuple(avroText, avroText), { numRuns: 2500, seed: 11 })
    const told = await askAvro(pairs.map(([reader, writer]) => ({ reader, writer })))
    const differ = pairs.flatMap(([reader, writer], at) => {
      const own = compare(reader, writer)
      const java = told[at]
      if (own.error !== undefined && java?.error !== undefined) return []
      return JSON.stringify(own.problems) === JSON.stringify(java?.problems) ? [] : [{ reader, writer, own, java }]
    })
    expect(differ.slice(0, 5)).toEqual([])
    expect(told.filter(({ problems }) => problems?.length === 0).length).toBeGreaterThan(30)
  })
})
