import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  brokerDefinitions,
  type Definitions,
  groupDefinitions,
  topicDefinitions,
} from '../../src/config/definitions.ts'
import { defaultOf, parseConfig } from '../../src/config/parse.ts'

interface Golden {
  readonly name: string
  readonly type: string
  readonly default?: string | null
  readonly required?: boolean
  readonly internal?: boolean
  readonly valid?: string
  readonly importance: string
  readonly mode?: string
  readonly synonyms?: readonly string[]
  readonly brokerSynonym?: string
  readonly brokerSynonyms?: readonly { readonly name: string; readonly sevenBecomes?: string }[]
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/configs.json'), 'utf8')) as {
  readonly broker: readonly Golden[]
  readonly topic: readonly Golden[]
  readonly group: readonly Golden[]
}

/** Validators that Kafka's documentation shows without their values. */
const UNSHOWN = new Set([undefined, 'ValidList', 'non-null string'])

function synonymsOf(row: Golden): { name: string; unit: number }[] {
  const rows = row.brokerSynonyms ?? (row.brokerSynonym ? [{ name: row.brokerSynonym, sevenBecomes: undefined }] : [])
  return rows.map(({ name, sevenBecomes }) => ({
    name,
    unit: sevenBecomes === undefined ? 1 : Number(sevenBecomes) / 7,
  }))
}

function compare(rows: readonly Golden[], definitions: Definitions): void {
  expect([...definitions.keys()]).toEqual(rows.map((row) => row.name).sort())
  for (const row of rows) {
    const definition = definitions.get(row.name)
    expect(definition, row.name).toMatchObject({
      type: row.type,
      default: row.required ? undefined : (row.default ?? null),
      importance: row.importance,
      mode: row.mode ?? 'cluster-wide',
    })
    expect(definition?.internal ?? false, row.name).toBe(row.internal ?? false)
    expect(definition?.synonyms, row.name).toEqual(row.synonyms)
    if (!UNSHOWN.has(row.valid)) expect(definition?.valid?.text, row.name).toBe(row.valid)
    expect(definition?.brokerSynonyms ?? [], row.name).toEqual(synonymsOf(row))
  }
}

describe('every config of Kafka 4.3.1', () => {
  test('of a broker', () => compare(golden.broker, brokerDefinitions))
  test('of a topic', () => compare(golden.topic, topicDefinitions))
  test('of a group', () => compare(golden.group, groupDefinitions))

  test('has a default that its own validator accepts', () => {
    for (const definitions of [brokerDefinitions, topicDefinitions, groupDefinitions]) {
      for (const [name, definition] of definitions) {
        if (definition.default != null) {
          expect(parseConfig(name, definition, definition.default), name).toEqual(defaultOf(name, definition))
        }
      }
    }
  })
})
