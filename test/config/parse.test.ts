import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import { brokerDefinitions, groupDefinitions, topicDefinitions } from '../../src/config/definitions.ts'
import { parseConfig } from '../../src/config/parse.ts'

interface Row {
  readonly scope: 'broker' | 'topic' | 'group'
  readonly name: string
  readonly text: string
  /** What Kafka 4.3.1 made of it: the value as Java prints it, or the sentence of its refusal. */
  readonly value?: string
  readonly error?: string
}

const DEFINITIONS = { broker: brokerDefinitions, topic: topicDefinitions, group: groupDefinitions }
const lines = readFileSync(join(import.meta.dirname, 'parsed-by-kafka.jsonl'), 'utf8')
  .trim()
  .split('\n')

test.each(lines.map((line) => JSON.parse(line) as Row))(
  '$scope $name = "$text"',
  ({ scope, name, text, value, error }) => {
    const definition = DEFINITIONS[scope].get(name)
    if (!definition) throw new Error(`no ${scope} config ${name}`)
    if (error !== undefined) {
      expect(() => parseConfig(name, definition, text)).toThrow(new KafkaError('INVALID_CONFIG', error))
      return
    }
    const parsed = parseConfig(name, definition, text)
    expect(Array.isArray(parsed) ? `[${parsed.join(', ')}]` : String(parsed)).toBe(value)
  },
)
