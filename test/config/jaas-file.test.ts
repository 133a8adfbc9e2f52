import { expect, test } from 'vitest'
import { variablesWithoutEffect } from '../../src/config/environment.ts'
import { jaasFileOf } from '../../src/config/own-configs.ts'

const NOTHING = new Map<string, { readonly text: string }>()

test.each([
  ['-Djava.security.auth.login.config=/etc/kafka/jaas.conf', '/etc/kafka/jaas.conf'],
  ['-Xmx1g -Djava.security.auth.login.config=/a/b.conf -Dx=y', '/a/b.conf'],
  ['-Djava.security.auth.login.config="/with space/b.conf"', '/with space/b.conf'],
  ['"-Djava.security.auth.login.config=/a/b.conf"', '/a/b.conf'],
  ['-Djava.security.auth.login.config==/only/this.conf', '/only/this.conf'],
  ['-Dsomething.else=/a', undefined],
])('KAFKA_OPTS=%s names %s', (options, path) => {
  expect(jaasFileOf(NOTHING, { KAFKA_OPTS: options })).toBe(path)
  expect(variablesWithoutEffect({ KAFKA_OPTS: options })).toEqual(path === undefined ? ['KAFKA_OPTS'] : [])
})

test('the configuration counts before the environment', () => {
  const given = new Map([['java.security.auth.login.config', { text: ' /own.conf ' }]])
  expect(jaasFileOf(given, { KAFKA_OPTS: '-Djava.security.auth.login.config=/other.conf' })).toBe('/own.conf')
  expect(jaasFileOf(NOTHING)).toBeUndefined()
})
