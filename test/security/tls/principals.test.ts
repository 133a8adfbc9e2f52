import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readDer } from '../../../src/security/tls/der.ts'
import { distinguishedName, isSameName } from '../../../src/security/tls/distinguished-name.ts'
import { MappingRuleError, principalMapping } from '../../../src/security/tls/principal-mapping.ts'

interface NameCase {
  readonly der: string
  readonly name: string
}

interface RulesCase {
  readonly rules: string
  readonly mapped?: readonly (string | null)[]
  readonly invalid?: string
}

const cases: (NameCase | RulesCase)[] = readFileSync('test/golden/ssl-principals.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const names = cases.filter((one): one is NameCase => 'der' in one)
const rules = cases.filter((one): one is RulesCase => 'rules' in one)

describe('names of certificates', () => {
  test.each(names)('$name', ({ der, name }) => {
    expect(distinguishedName(readDer(Buffer.from(der, 'hex')))).toBe(name)
  })

  test('are the same in spite of case and blanks', () => {
    expect(isSameName('CN=Kafka  One,O=x', 'cn=kafka one, o=X')).toBe(true)
    expect(isSameName('CN=kafka,O=x', 'CN=kafka2,O=x')).toBe(false)
  })
})

describe('ssl.principal.mapping.rules', () => {
  test.each(rules)('$rules', ({ rules, mapped, invalid }) => {
    if (invalid !== undefined || mapped === undefined) {
      expect(() => principalMapping(rules)).toThrow(MappingRuleError)
      return
    }
    const mapping = principalMapping(rules)
    expect(names.map(({ name }) => mapping.apply(name) ?? null)).toEqual(mapped)
  })

  test.each(['RULE:a*+b/x/', 'RULE:[a-z&&[^b]]/x/', 'RULE:\\QCN\\E=.*/x/'])('%s: only Java knows it', (text) => {
    expect(() => principalMapping(text)).toThrow(/only Java knows/)
  })
})
