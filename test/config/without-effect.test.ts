import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { BUILT_IN_PROPERTIES } from '../../src/config/built-in.ts'
import { brokerDefinitions, groupDefinitions, topicDefinitions } from '../../src/config/definitions.ts'
import { isWithoutEffect, withoutEffect } from '../../src/config/without-effect.ts'

/** Files that name configs without acting on them. */
const ONLY_NAMED =
  /config\/(?:definitions|unsupported|without-effect|validate-broker|built-in|dynamic-broker|dynamic-names|documentation)/

describe('configs without effect', () => {
  it('are exactly those that no code reads and that are not refused', () => {
    const code = globSync('src/**/*.ts')
      .filter((path) => !ONLY_NAMED.test(path))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n')
    const refused = readFileSync('src/config/unsupported.ts', 'utf8')
    const ofMany = [...topicDefinitions.values(), ...groupDefinitions.values()]
    const inherited = new Set(ofMany.flatMap((d) => d.brokerSynonyms ?? []).map((s) => s.name))
    const unread = [...brokerDefinitions.keys()].filter((name) => {
      const named = `'${name}'`
      return !code.includes(named) && !inherited.has(name) && !refused.includes(named)
    })
    expect([...brokerDefinitions.keys()].filter(isWithoutEffect)).toEqual(unread)
  })

  it('are told in one line where they are set', () => {
    const overrides = new Map([
      ['num.io.threads', '16'],
      ['num.partitions', '3'],
      ['background.threads', '2'],
    ])
    const config = new BrokerConfig({ file: BUILT_IN_PROPERTIES, overrides })
    expect(withoutEffect(config)).toBe('These settings have no effect here: background.threads, num.io.threads.')
    expect(withoutEffect(new BrokerConfig({ file: BUILT_IN_PROPERTIES }))).toBeUndefined()
  })
})
