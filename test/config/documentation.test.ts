import { describe, expect, test } from 'vitest'
import {
  brokerDefinitions,
  dynamicDefinitions,
  groupDefinitions,
  topicDefinitions,
} from '../../src/config/definitions.ts'
import { isWithoutEffect } from '../../src/config/without-effect.ts'
import { ConfigResource } from '../../src/metadata/image.ts'
import { documentationOf } from '../../src/node/documentation.ts'

const { BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP, TOPIC } = ConfigResource

describe('documentation', () => {
  test.each([
    ['broker', BROKER, [...brokerDefinitions.keys()]],
    ['topic', TOPIC, [...topicDefinitions.keys()]],
    ['group', GROUP, [...groupDefinitions.keys()]],
    ['client metrics', CLIENT_METRICS, ['interval.ms', 'match', 'metrics']],
  ])('no %s config is without a sentence', (_, type, names) => {
    expect(names.filter((name) => !/^[A-Z'].{10,160}\.$/.test(documentationOf(type, name) ?? ''))).toEqual([])
  })

  test('nothing where Kafka has nothing: other names, configs of one listener, throttles of replication', () => {
    const names = ['nobody.knows', 'listener.name.plaintext.ssl.keystore.type', ...dynamicDefinitions.keys()]
    expect(names.map((name) => documentationOf(BROKER, name))).toEqual(names.map(() => null))
    expect(documentationOf(BROKER_LOGGER, 'root')).toBeNull()
  })

  test('a config that changes nothing says so', () => {
    for (const name of brokerDefinitions.keys()) {
      expect(documentationOf(BROKER, name)?.endsWith('It changes nothing here.')).toBe(isWithoutEffect(name))
    }
  })
})
