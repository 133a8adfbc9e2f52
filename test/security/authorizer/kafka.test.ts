import { describe, expect, test } from 'vitest'
import { compiled, LIGHT_JVM, noKafka } from '../../support/kafka.ts'
import { run } from '../../support/process.ts'
import { answerOf, authorizerOf, randomCase } from './cases.ts'

const CASES = 6_000

describe.skipIf(noKafka())("beside Kafka's own authorizer", () => {
  test('the same decisions for the same reasons', { timeout: 90_000 }, async () => {
    const classpath = compiled([new URL('./AuthorizerOracle.java', import.meta.url)], 'kafka')
    const cases = Array.from({ length: CASES }, (_, seed) => randomCase(seed))
    const input = cases.map((one) => `${JSON.stringify(one)}\n`).join('')
    const jvm = [...LIGHT_JVM, '-cp', classpath, 'AuthorizerOracle']
    const { out, err } = await run('java', jvm, { input, timeoutMs: 80_000 })
    const lines = out.split('\n').filter((line) => line.startsWith('['))
    expect(lines.length, err).toBe(CASES)
    const seen = new Set<string>()
    for (const [at, one] of cases.entries()) {
      const authorizer = authorizerOf(one)
      const told: readonly string[] = JSON.parse(lines[at] ?? '')
      for (const answer of told) seen.add(answer.replace(/[([].*/, ''))
      // Twice: what is remembered is what was decided.
      for (const _time of [1, 2]) {
        expect(
          one.questions.map((question) => answerOf(authorizer, question)),
          JSON.stringify(one),
        ).toEqual(told)
      }
    }
    expect([...seen].sort()).toEqual([
      'ALLOWED',
      'ALLOWED DefaultAllow',
      'ALLOWED MatchingAcl',
      'ALLOWED SuperUser',
      'DENIED',
      'DENIED DefaultDeny',
      'DENIED MatchingAcl',
    ])
  })
})
