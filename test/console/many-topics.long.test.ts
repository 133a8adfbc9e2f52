import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../support/available.ts'
import { ConsoleBrowser, chromiumName } from '../support/console.ts'
import { until } from '../support/wait.ts'

const MANY = 5_000
const AT_ONCE = 250

const nameOf = (at: number) => `topic-${String(at).padStart(4, '0')}`
const scrolledTo = (share: number) => `(() => {
  const main = document.querySelector('main')
  main.scrollTo(0, main.scrollHeight * ${share})
})()`

describe.skipIf(missing('chromium', chromiumName !== undefined))(`a list of ${MANY} topics`, () => {
  let browser: ConsoleBrowser

  beforeAll(async () => {
    browser = await ConsoleBrowser.open()
    for (let at = 0; at < MANY; at += AT_ONCE) {
      const topics = Array.from({ length: AT_ONCE }, (_, more) => {
        return { name: nameOf(at + more), numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
      })
      await browser.one.call('CreateTopics', 7, { topics, timeoutMs: 60_000, validateOnly: false })
    }
    await until('the last of them', async () => {
      const asked = { topics: [{ name: nameOf(MANY - 1) }], allowAutoTopicCreation: false }
      return (await browser.one.call('Metadata', 9, asked)).topics[0]?.errorCode === 0
    })
  })
  afterAll(() => browser?.[Symbol.asyncDispose]())

  it('is scrolled to its end, filtered and sorted, and has only rows in the page that are in view', async () => {
    const page = await browser.look({ path: '/topics' })
    const row = (at: number) => page.getByRole('row').filter({ hasText: nameOf(at) })
    await page.getByText('5,000 topics').waitFor()
    await row(0).waitFor()
    for (const [share, at] of [
      [1, MANY - 1],
      [0.5, MANY / 2],
      [0, 1],
    ] as const) {
      await page.evaluate(scrolledTo(share))
      await row(at).waitFor()
      expect(await page.getByRole('row').count()).toBeLessThan(100)
    }
    await page.keyboard.press('/')
    await page.keyboard.type('c-4321')
    await page.getByText('1 topic', { exact: true }).waitFor()
    await row(4321).waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('5,000 topics').waitFor()
    await page.evaluate(scrolledTo(0.5))
    await row(MANY / 2).waitFor()
    // Whoever sorts sees what comes first, and so does whoever is sent the address.
    await page.getByRole('button', { name: 'Topic', exact: true }).click()
    await row(MANY - 1).waitFor()
    expect(new URL(page.url()).search).toBe('?sort=-name')
    await page.reload()
    await row(MANY - 1).waitFor()
    expect(browser.complaints).toEqual([])
    await page.context().close()
  })
})
