import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildBatch } from '../../src/record/builder.ts'
import { missing } from '../support/available.ts'
import { ConsoleBrowser, chromiumName } from '../support/console.ts'

const HOSTILE = `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>\u202Egnp.exe\u0000`
const MANY = 400
const PATIENT = { timeout: 60_000 }

describe.skipIf(missing('chromium', chromiumName !== undefined))('the console in a browser', () => {
  let browser: ConsoleBrowser

  async function write(topic: string, values: readonly (Buffer | null)[], keys?: readonly string[]): Promise<void> {
    const records = values.map((value, at) => {
      return {
        timestamp: Date.now() - (values.length - at) * 1000,
        key: Buffer.from(keys?.[at] ?? `key-${at}`),
        value,
        headers: [],
      }
    })
    const batch = buildBatch({ baseOffset: 0, records } as never)
    const topicData = [{ name: topic, partitionData: [{ index: 0, records: batch }] }]
    const { responses } = await browser.one.call('Produce', 9, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 10_000,
      topicData,
    })
    expect(responses[0].partitionResponses[0].errorCode).toBe(0)
  }

  beforeAll(async () => {
    browser = await ConsoleBrowser.open()
  })
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
  })
  afterEach(() => {
    expect(browser.complaints.splice(0)).toEqual([])
  })

  it('says on an empty broker what to do first', async () => {
    const page = await browser.look()
    await page.getByText('First steps').waitFor()
    await page.getByText('Create a topic', { exact: true }).first().waitFor()
    expect(await page.locator('pre').first().innerText()).toContain(`:${browser.one.port}`)
    await browser.picture(page, 'empty')
    await page.context().close()
  })

  it('makes a topic, writes to it, and shows what was written', async () => {
    const page = await browser.look({ path: '/topics' })
    await page.keyboard.press('c')
    await page.getByLabel('Name').fill('bad name')
    await page.getByText('Letters of ASCII').waitFor()
    await page.getByLabel('Name').fill('orders.v1')
    await page.getByLabel('Partitions').fill('3')
    await page.getByRole('dialog').getByRole('button', { name: 'Create topic' }).click()
    await page.getByRole('heading', { level: 1, name: 'orders.v1' }).waitFor()
    await page.getByRole('button', { name: 'Produce' }).click()
    await page.getByRole('textbox', { name: 'Value', exact: true }).fill('{"id":1,"big":12345678901234567890}')
    await page.getByRole('dialog').getByRole('button', { name: 'Produce' }).click()
    await page.getByText(/Written to partition \d at offset 0/).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Read again' }).click()
    await page.getByRole('row').filter({ hasText: '"id":1' }).click()
    // Digits that a number of JavaScript would lose.
    await page.locator('pre').filter({ hasText: '12345678901234567890' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'orders.v1' }).waitFor()
    await page.context().close()
  })

  it('shows whatever a message holds, and lets none of it act', async () => {
    await browser.one.createTopic('hostile')
    const line = Buffer.alloc(1_000_000, 'x')
    await write('hostile', [Buffer.from(HOSTILE), Buffer.of(0xff, 0xfe, 0x00, 0x9c), null, line])
    const page = await browser.look({ path: '/topics/hostile' })
    await page.getByRole('row').filter({ hasText: '‹U+202E›gnp.exe␀' }).click()
    await page.locator('pre').filter({ hasText: '<script>' }).waitFor()
    expect(await page.title()).not.toContain('hacked')
    expect(await page.locator('main img').count()).toBe(0)
    await browser.picture(page, 'hostile')
    await page.getByRole('row').filter({ hasText: 'ff fe 00 9c' }).click()
    await page.locator('pre.binary').filter({ hasText: 'ff fe 00 9c' }).waitFor()
    await page.getByRole('row').filter({ hasText: 'xxxxxxxx' }).click()
    await page.getByRole('button', { name: /Show more of 1,000,000 characters/ }).waitFor()
    await page.context().close()
  })

  it('filters by an expression that can do no harm, and stops one that does not end', async () => {
    await browser.one.createTopic('filtered')
    const values = Array.from({ length: MANY }, (_, at) => Buffer.from(JSON.stringify({ id: at, even: at % 2 === 0 })))
    await write('filtered', values)
    const page = await browser.look({ path: '/topics/filtered' })
    const filter = page.getByLabel('Filter: an expression in JavaScript')
    await filter.fill('value.even && value.id >= 390')
    await filter.press('Enter')
    await page.getByText('5 of 400 messages match').waitFor()
    await browser.picture(page, 'filtered')
    const asks = `fetch('${browser.base}/api/session').catch(() => 0)`
    await filter.fill(`${asks} && typeof document === 'undefined' && value.id < 1`)
    await filter.press('Enter')
    await page.getByText('1 of 400 messages match').waitFor()
    // The browser says that it kept the filter from asking a server.
    expect(
      browser.complaints
        .splice(0)
        .every((complaint) => /Content Security Policy|Fetch API|Failed to fetch/.test(complaint)),
    ).toBe(true)
    await filter.fill('(() => { for (;;); })()')
    await filter.press('Enter')
    await page.getByText(/took more than 2 s and was stopped/).waitFor()
    await filter.fill('value.(')
    await filter.press('Enter')
    await page.getByText(/SyntaxError/).waitFor()
    await page.context().close()
  })

  it('follows what is produced, pauses and goes on without a gap', async () => {
    await browser.one.createTopic('live')
    const page = await browser.look({ path: '/topics/live?from=live' })
    await page.getByText('Waiting for messages').waitFor()
    let written = 0
    await expect
      .poll(async () => {
        written += 1
        await write('live', [Buffer.from(`tick ${written}`)])
        return page.getByRole('row').filter({ hasText: 'tick' }).count()
      }, PATIENT)
      .toBeGreaterThan(0)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Paused').waitFor()
    await write('live', [Buffer.from('while it was paused')])
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('row').filter({ hasText: 'while it was paused' }).waitFor()
    await page.context().close()
  })

  it('is led by the keyboard', async () => {
    const page = await browser.look()
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.getByRole('heading', { level: 1, name: 'Topics' }).waitFor()
    await page.getByRole('row').filter({ hasText: 'filtered' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('hosti')
    await page.getByText('1 topic', { exact: true }).waitFor()
    await page.getByLabel('Filter topics').blur()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'hostile' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('filtered')
    await page
      .getByRole('option', { name: /filtered/ })
      .first()
      .waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'filtered' }).waitFor()
    await page.context().close()
  })

  it('copies the settings of a topic, truncates several, and some partitions of one', async () => {
    await browser.one.createTopic('pattern', 3, { 'max.message.bytes': '123456' })
    const page = await browser.look({ path: '/topics/pattern' })
    await write('pattern', [Buffer.from('1'), Buffer.from('2')])
    await page.getByRole('button', { name: 'Copy this topic' }).click()
    await page.getByLabel('Configs').waitFor()
    expect(await page.getByLabel('Configs').inputValue()).toBe('max.message.bytes=123456')
    await browser.picture(page, 'copy-topic')
    await page.getByRole('dialog').getByRole('button', { name: 'Create topic' }).click()
    await page.getByRole('heading', { level: 1, name: 'pattern-copy' }).waitFor()
    await page.getByText('3 partitions', { exact: true }).waitFor()
    await write('pattern-copy', [Buffer.from('3')])

    await page.getByRole('link', { name: /^Partitions/ }).click()
    await page.getByLabel('Choose partition 0').check()
    await page.getByLabel('Choose partition 2').check()
    await browser.picture(page, 'choose-partitions')
    await page.getByRole('button', { name: 'Move 2 partitions' }).click()
    await page.getByLabel('Brokers').fill('1')
    await page.getByRole('list', { name: 'What moves' }).getByText('2: 1 → 1').waitFor()
    await browser.picture(page, 'move-partitions')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Truncate 2 partitions' }).click()
    await page.getByLabel(/to confirm/).fill('pattern-copy')
    await page.getByRole('button', { name: 'Delete records' }).click()
    await page.getByText('The records of pattern-copy were deleted.').waitFor()

    await page.goto(`${browser.base}/topics?search=pattern`)
    await page.getByLabel('Choose pattern', { exact: true }).check()
    await page.getByLabel('Choose pattern-copy').check()
    await page.getByRole('button', { name: 'Truncate 2 topics' }).click()
    await page.getByLabel(/to confirm/).fill('2 topics')
    await browser.picture(page, 'truncate-topics')
    await page.getByRole('button', { name: 'Delete records' }).click()
    await page.getByText('The records of 2 topics were deleted.').waitFor()
    await page.goto(`${browser.base}/topics/pattern`)
    await page.getByText('0 records', { exact: true }).waitFor()
    await page.context().close()
  })

  it('changes settings, adds partitions and deletes only what was named', async () => {
    const page = await browser.look({ path: '/topics/live/configs' })
    await page.getByLabel('Filter settings').fill('retention.ms')
    await page.getByRole('row').filter({ hasText: 'retention.ms' }).last().click()
    await page.getByLabel(/^Value/).fill('3600000')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('row').filter({ hasText: '1 h' }).waitFor()
    await page.getByRole('button', { name: 'Partitions' }).click()
    await page.getByLabel('Partitions in all').fill('4')
    await page.getByRole('button', { name: 'Add 3 partitions' }).click()
    await page.getByText('4 partitions', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Delete this topic' }).click()
    expect(await page.getByRole('button', { name: 'Delete topic', exact: true }).isDisabled()).toBe(true)
    await page.getByLabel(/to confirm/).fill('live')
    await page.getByRole('button', { name: 'Delete topic', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Topics' }).waitFor()
    await page.context().close()
  })

  it.each([
    ['/', 'overview'],
    ['/topics', 'topics'],
    ['/topics/filtered', 'messages'],
    ['/topics/filtered/partitions', 'partitions'],
    ['/topics/filtered/consumers', 'consumers'],
    ['/topics/filtered/configs', 'configs'],
  ])('shows %s in light, in dark, and on a phone without a part beyond its edge', async (path, name) => {
    for (const look of [{}, { colours: 'dark' } as const, { colours: 'dark', width: 390, height: 800 } as const]) {
      const page = await browser.look({ path, ...look })
      await page.locator('.bones').first().waitFor({ state: 'detached' })
      expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true)
      await browser.picture(page, `${name}-${look.colours ?? 'light'}-${look.width ?? 'desk'}`)
      await page.context().close()
    }
  })
})
