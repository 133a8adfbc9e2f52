import { expect, test } from 'vitest'
import { LimitedHosts } from '../../src/node/limited-hosts.ts'

test('a name is looked up once, and its limit counts from then on', async () => {
  const asked: string[] = []
  const answers = new Map([['here', '10.0.0.1']])
  const found = Promise.withResolvers<void>()
  const lookUp = async (name: string) => {
    asked.push(name)
    return answers.get(name)
  }
  const hosts = new LimitedHosts(lookUp, found.resolve)
  const limits = new Map([
    ['here', 5],
    ['nowhere', 6],
    ['10.0.0.2', 7],
    ['::1', 8],
  ])
  const byNumber = [
    ['10.0.0.2', 7],
    ['::1', 8],
  ]
  expect([...hosts.byAddress(limits)]).toEqual(byNumber)
  expect(asked).toEqual(['here', 'nowhere'])
  await found.promise
  expect([...hosts.byAddress(limits)]).toEqual([['10.0.0.1', 5], ...byNumber])
  expect(asked.filter((name) => name === 'here')).toEqual(['here'])
})
