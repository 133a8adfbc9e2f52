import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noTarget, startBroker, type TestBroker } from '../support/broker.ts'
import { cook, recipesIn, TOOLCHAINS } from './recipes.ts'

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const HEADING = 'Point a client at it'
const MOST_LINES = 30

describe.skipIf(noTarget())(`the README: ${HEADING}`, () => {
  const recipes = recipesIn(README, HEADING)
  let broker: TestBroker

  beforeAll(async () => {
    broker = await startBroker()
  })
  afterAll(async () => broker?.[Symbol.asyncDispose]())

  it('has a recipe for each language, and no block that nothing runs', () => {
    expect(new Set(recipes.map(({ language }) => language))).toEqual(new Set(TOOLCHAINS.keys()))
    const [, section = ''] = README.split(`## ${HEADING}\n`)
    expect(recipes.length).toBe((section.split('\n## ')[0] ?? '').match(/<details>/g)?.length)
    for (const { title, program } of recipes)
      expect([title, program.split('\n').length < MOST_LINES]).toEqual([title, true])
  })

  it.each(recipes.map((recipe, at) => [recipe.title, recipe, `hello-${at}`] as const))(
    '%s',
    async (_title, recipe, topic) => {
      const toolchain = TOOLCHAINS.get(recipe.language)
      if (toolchain === undefined || toolchain.isMissing()) return
      const { code, out, err } = await cook(recipe, broker.bootstrap, topic)
      expect([code, code === 0 ? '' : err.slice(-3000)]).toEqual([0, ''])
      expect(out.split('\n')).toContain('world')
    },
    1_000_000,
  )
})
