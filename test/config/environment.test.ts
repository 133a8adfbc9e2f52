import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { propertiesTextFrom, variablesWithoutEffect, withListeners } from '../../src/config/environment.ts'
import { parseProperties } from '../../src/config/properties.ts'

/** What the KafkaDockerWrapper of Apache Kafka 4.3.1 wrote for an environment. */
const golden = JSON.parse(readFileSync(new URL('./environment-by-kafka.json', import.meta.url), 'utf8')) as {
  environment: Record<string, string>
  properties: string
}

const sorted = (properties: ReadonlyMap<string, string>) => [...properties].sort(([a], [b]) => (a < b ? -1 : 1))

describe('the environment of a container', () => {
  test('gives the properties that it gives Apache Kafka', () => {
    const ours = parseProperties(propertiesTextFrom(golden.environment))
    expect(sorted(ours)).toEqual(sorted(parseProperties(golden.properties)))
  })

  test('what is only for a JVM is told', () => {
    expect(
      variablesWithoutEffect({ KAFKA_OPTS: '-Da=b', KAFKA_HEAP_OPTS: '', KAFKA_LOG4J_ROOT_LOGLEVEL: 'DEBUG' }),
    ).toEqual(['KAFKA_OPTS'])
  })

  test.each([
    ['broker', 'A://one:1,B://[::1]:2', undefined, 'A://0.0.0.0:1,B://0.0.0.0::1]:2'],
    ['broker', 'A://one:1,B://two:2', undefined, 'A://0.0.0.0:1,B://0.0.0.0:2'],
    ['broker', 'A://one:1', 'A://:9', 'A://:9'],
    ['controller', 'A://one:1', undefined, undefined],
    ['broker', undefined, undefined, undefined],
  ])('listeners of a %s from advertised %s and listeners %s', (roles, advertised, listeners, expected) => {
    const given = {
      KAFKA_PROCESS_ROLES: roles,
      KAFKA_ADVERTISED_LISTENERS: advertised,
      KAFKA_LISTENERS: listeners,
    }
    expect(withListeners(given).KAFKA_LISTENERS).toBe(expected)
  })
})
