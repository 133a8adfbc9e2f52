import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../support/available.ts'
import { ConsoleBrowser, chromiumName } from '../support/console.ts'
import { ORDER, ORDER_OF_TEXT, ORDER_WITH_NOTE, Scene } from './scene.ts'

const LONG = '3600000'
/** Members do not go on saying that they are there. */
const PATIENT = {
  'group.consumer.session.timeout.ms': LONG,
  'group.consumer.max.session.timeout.ms': LONG,
  'group.share.session.timeout.ms': LONG,
  'group.share.max.session.timeout.ms': LONG,
  'group.streams.session.timeout.ms': LONG,
  'group.streams.max.session.timeout.ms': LONG,
}

describe.skipIf(missing('chromium', chromiumName !== undefined))("the console's pages of a cluster", () => {
  let browser: ConsoleBrowser
  let scene: Scene

  beforeAll(async () => {
    browser = await ConsoleBrowser.open({
      overrides: {
        ...PATIENT,
        'odradek.schema.registry.listeners': 'http://127.0.0.1:0',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
      },
    })
    scene = new Scene([browser.one.port], browser.one.node.http[0]?.port ?? 0)
    await scene.topic('orders', 3, 20)
    await scene.topic('payments', 2, 5)
    await scene.commit('reporting', 'orders', [5, 20, 0])
    await scene.commit('left-over', 'orders', [1, 1, 1])
    await scene.classicMember('billing', 'orders', 3)
    await scene.consumerMember('fraud', 'payments', 'fraud-1')
    await scene.shareMember('mailers', 'payments', 'mailer-1')
    await scene.streamsMember('enrich', 'payments', 'enricher-1')
    await scene.transaction('checkout-1', 'payments', 'committed')
    await scene.transaction('checkout-2', 'payments', 'open')
    await scene.people()
    await scene.schemas()
  })
  afterAll(async () => {
    scene?.[Symbol.dispose]()
    await browser?.[Symbol.asyncDispose]()
  })
  afterEach(() => {
    expect(browser.complaints.splice(0)).toEqual([])
  })

  it('lists groups of all kinds, and resets one as it showed before', async () => {
    const page = await browser.look({ path: '/groups' })
    await page.getByText('6 groups').waitFor()
    const row = (name: string) => page.getByRole('row').filter({ hasText: name })
    for (const kind of ['classic', 'consumer', 'share', 'streams']) expect(await row(kind).count()).toBeGreaterThan(0)
    expect(await row('reporting').innerText()).toMatch(/Empty\s+0\s+1\s+1\s+35/)
    // What has committed nothing is not known to be behind by nothing.
    expect(await row('billing').innerText()).toMatch(/–$/)
    await row('reporting').click()
    await page.getByRole('heading', { level: 1, name: 'reporting' }).waitFor()
    await page.getByRole('button', { name: 'Reset offsets' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('5 read again').waitFor()
    await dialog.getByText('An offset').click()
    await dialog.getByLabel('Offset, in each partition').fill('12')
    await dialog.getByText('8 read again').waitFor()
    await dialog.getByText('7 skipped').waitFor()
    await browser.picture(page, 'reset')
    await dialog.getByRole('button', { name: 'Reset', exact: true }).click()
    await page.getByText(/goes on elsewhere in 3 partitions/).waitFor()
    expect(
      (await scene.ask('group?group=reporting')).partitions.map(({ offset }: { offset: number }) => offset),
    ).toEqual([12, 12, 12])
    await page.context().close()
  })

  it('says why a group that is read by somebody is not reset, and shows by whom', async () => {
    const page = await browser.look({ path: '/groups/billing/members' })
    await page.getByRole('row').filter({ hasText: 'billing-service' }).click()
    await page.getByRole('dialog').getByText('orders 0, 1, 2').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Reset offsets' }).click()
    await page.getByRole('dialog').getByText('The group has members').waitFor()
    expect(await page.getByRole('dialog').getByRole('button', { name: 'Reset', exact: true }).isDisabled()).toBe(true)
    await page.context().close()
  })

  it('takes a member out of its group', async () => {
    await scene.classicMember('leaving', 'orders', 3, 'stuck-worker')
    const page = await browser.look({ path: '/groups/leaving/members' })
    await page.getByRole('row').filter({ hasText: 'stuck-worker' }).click()
    await page.getByRole('button', { name: 'Remove from the group' }).click()
    const confirm = page.getByRole('dialog', { name: 'Remove stuck-worker' })
    // Enter alone does no harm.
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Cancel')
    await confirm.getByRole('button', { name: 'Remove member' }).click()
    await page.getByText('stuck-worker was taken out of leaving').waitFor()
    await page.getByText('Nobody is in it now').waitFor()
    await scene.ask('groups/delete', { groups: ['leaving'] })
    await page.context().close()
  })

  it('deletes a group that was named, and shows what makes an application of streams', async () => {
    const page = await browser.look({ path: '/groups/left-over' })
    await page.getByRole('button', { name: 'Delete this group' }).click()
    await page.getByLabel(/to confirm/).fill('left-over')
    await page.getByRole('button', { name: 'Delete group', exact: true }).click()
    await page.getByText('left-over was deleted').waitFor()
    await page.getByRole('heading', { level: 1, name: 'Groups' }).waitFor()
    await page.getByRole('row').filter({ hasText: 'enrich' }).click()
    await page.getByRole('link', { name: 'Topology' }).click()
    await page.getByText('Subtopology 0').waitFor()
    await page.context().close()
  })

  it('registers a schema in the way of its subject, and nothing that its readers would not bear', async () => {
    const page = await browser.look({ path: '/schemas' })
    await page.getByText('3 subjects').waitFor()
    await page.getByRole('row').filter({ hasText: 'orders-value' }).click()
    await page.locator('.difference').filter({ hasText: '"note"' }).waitFor()
    await page.getByRole('button', { name: 'New version' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Schema', { exact: true }).fill(JSON.stringify(ORDER_OF_TEXT))
    await dialog.getByRole('button', { name: 'Check' }).click()
    await dialog
      .getByText(/READER_FIELD_MISSING_DEFAULT_VALUE|TYPE_MISMATCH|incompatible/i)
      .first()
      .waitFor()
    await browser.picture(page, 'incompatible')
    expect((await scene.ask('subject?subject=orders-value')).versions).toHaveLength(2)
    await dialog
      .getByLabel('Schema', { exact: true })
      .fill(
        '{"type":"record","name":"Order","fields":[{"name":"id","type":"long"},{"name":"by","type":"string","default":""}]}',
      )
    await dialog.getByRole('button', { name: 'Check' }).click()
    await dialog.getByText('It may be registered.').waitFor()
    await dialog.getByRole('button', { name: 'Register' }).click()
    await page.getByText(/has version 3/).waitFor()
    await page.getByText('3 versions').waitFor()
    await page.context().close()
  })

  it('deletes a version of a schema, and then for good', async () => {
    const register = (schema: object) =>
      scene.ask('subjects/register', { subject: 'doomed-value', type: 'AVRO', schema: JSON.stringify(schema) })
    const versions = async (deleted: boolean) =>
      (await scene.ask(`subject?subject=doomed-value&deleted=${deleted}`)).versions.map(
        ({ version }: { version: number }) => version,
      )
    await register(ORDER)
    await register(ORDER_WITH_NOTE)
    const page = await browser.look({ path: '/schemas/doomed-value' })
    await page.getByRole('button', { name: 'Delete version 2' }).click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByText('version 2 of doomed-value was deleted.').waitFor()
    expect([await versions(false), await versions(true)]).toEqual([[1], [1, 2]])
    await page.getByRole('option', { name: 'Version 2 (deleted)' }).waitFor({ state: 'attached' })
    await page.getByLabel('Version', { exact: true }).selectOption('Version 2 (deleted)')
    await page.getByRole('button', { name: 'Delete version 2' }).click()
    const forGood = page.getByRole('button', { name: 'Delete for good' })
    expect(await forGood.isDisabled()).toBe(true)
    await page.getByLabel(/to confirm/).fill('doomed-value')
    await forGood.click()
    await page.getByText('was deleted for good').waitFor()
    expect(await versions(true)).toEqual([1])
    await scene.ask('subjects/delete', { subject: 'doomed-value', permanent: false })
    await scene.ask('subjects/delete', { subject: 'doomed-value', permanent: true })
    await page.context().close()
  })

  it('shows transactions, and ends one whose producer must not go on', async () => {
    const page = await browser.look({ path: '/transactions' })
    await page.getByRole('row').filter({ hasText: 'CompleteCommit' }).waitFor()
    await page.getByRole('row').filter({ hasText: 'checkout-2' }).click()
    await page.getByRole('dialog').getByText('payments-0').waitFor()
    await page.getByRole('button', { name: 'Terminate' }).click()
    await page.getByLabel(/to confirm/).fill('checkout-2')
    await page.getByRole('button', { name: 'Terminate', exact: true }).click()
    await page.getByRole('row').filter({ hasText: 'checkout-2' }).filter({ hasText: 'Empty' }).waitFor()
    await page.getByRole('link', { name: 'Hanging' }).click()
    await page.getByText('Nothing hangs').waitFor()
    await page.getByRole('link', { name: 'Producers' }).click()
    await page.getByLabel('Topic').fill('payments')
    await page.getByRole('row').filter({ hasText: 'none open' }).first().waitFor()
    await page.context().close()
  })

  it('adds a user who may something, with a limit, and takes the ACL away', async () => {
    const page = await browser.look({ path: '/users' })
    await page.getByRole('button', { name: 'Add user' }).click()
    await page.getByLabel('User', { exact: true }).fill('carol')
    await page.getByLabel('Password', { exact: true }).fill('of carol')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('row').filter({ hasText: 'carol' }).filter({ hasText: 'SCRAM-SHA-512' }).waitFor()

    await page.getByRole('link', { name: 'Quotas' }).click()
    await page.getByRole('button', { name: 'Set a quota' }).click()
    await page.getByLabel('User', { exact: true }).fill('carol')
    await page.getByLabel(/^Writes/).fill('1048576')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('row').filter({ hasText: 'user carol' }).filter({ hasText: '1 MiB/s' }).waitFor()
    await page.getByRole('row').filter({ hasText: 'user carol' }).click()
    await page.getByLabel(/^Writes/).fill('')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('row').filter({ hasText: 'user carol' }).waitFor({ state: 'detached' })

    await page.getByRole('link', { name: 'ACLs' }).click()
    await page.getByRole('button', { name: 'Add ACL' }).click()
    await page.getByLabel('User', { exact: true }).fill('carol')
    await page.getByLabel('Named').fill('orders')
    await page.getByLabel('DESCRIBE', { exact: true }).check()
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('2 ACLs', { exact: true }).waitFor()
    await browser.picture(page, 'acls')
    const read = page.getByRole('row').filter({ hasText: 'carol' }).filter({ hasText: 'READ' })
    await read.getByRole('button', { name: 'Delete this ACL' }).click()
    await page.getByText('User:carol may READ topic orders.').waitFor()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByText('1 ACL', { exact: true }).waitFor()
    expect((await scene.ask('acls')).rows).toMatchObject([{ principal: 'User:carol', operation: 'DESCRIBE' }])
    await page.context().close()
  })

  it('draws who holds what, and elects leaders', async () => {
    const page = await browser.look({ path: '/map' })
    const orders = page.getByRole('row').filter({ hasText: 'orders' })
    await orders.getByRole('img', { name: '3 partitions, leads 3' }).waitFor()
    await page.getByRole('link', { name: 'Reassignments' }).click()
    await page.getByText('Nothing moves').waitFor()
    expect(await page.getByRole('navigation').locator('[aria-current=page]').first().innerText()).toContain('Brokers')
    await page.getByRole('button', { name: 'Elect leaders' }).click()
    await page.getByRole('button', { name: 'Elect', exact: true }).click()
    await page.getByText('Each leader is where it belongs.').waitFor()
    await page.getByRole('button', { name: 'Move partitions' }).click()
    await page.getByLabel('Topic').fill('orders')
    await page.getByLabel('Brokers').fill('99')
    await page.getByRole('button', { name: 'Move', exact: true }).click()
    await page.getByRole('dialog').getByRole('alert').waitFor()
    expect(browser.complaints.splice(0).every((complaint) => complaint.includes('400'))).toBe(true)
    await page.context().close()
  })

  it('goes to each place by the keyboard', async () => {
    const page = await browser.look()
    for (const [key, title] of [
      ['g', 'Groups'],
      ['s', 'Schemas'],
      ['x', 'Transactions'],
      ['b', 'Brokers'],
      ['m', 'Partition map'],
      ['r', 'Refused clients'],
      ['l', 'Latencies'],
      ['a', 'ACLs'],
      ['u', 'Users'],
      ['q', 'Quotas'],
      ['o', 'Overview'],
    ] as const) {
      await page.keyboard.press('g')
      await page.keyboard.press(key)
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
    }
    await page.context().close()
  })

  it.each([
    ['/groups', 'Groups'],
    ['/groups/reporting', 'reporting'],
    ['/groups/fraud/members', 'fraud'],
    ['/groups/fraud/configs', 'fraud'],
    ['/schemas', 'Schemas'],
    ['/schemas/clicks-value', 'clicks-value'],
    ['/transactions', 'Transactions'],
    ['/transactions/producers?topic=payments', 'Transactions'],
    ['/brokers', 'Brokers'],
    ['/brokers/1', 'Broker 1'],
    ['/brokers/default', 'Settings of all brokers'],
    ['/map', 'Partition map'],
    ['/reassignments', 'Reassignments'],
    ['/log-dirs', 'Log directories'],
    ['/quorum', 'Quorum'],
    ['/acls', 'ACLs'],
    ['/users', 'Users'],
    ['/quotas', 'Quotas'],
    ['/insight', 'Refused clients'],
    ['/insight/connections', 'Connections'],
    ['/insight/latencies', 'Latencies'],
    ['/insight/isr', 'In-sync replicas'],
  ])('shows %s on a desk and on a phone without a part beyond its edge', async (path, title) => {
    const page = await browser.look({ path, colours: 'dark' })
    for (const [width, name] of [
      [1280, 'desk'],
      [390, 'phone'],
    ] as const) {
      await page.setViewportSize({ width, height: 800 })
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      await page.locator('.bones').first().waitFor({ state: 'detached' })
      const beyond =
        '[document.documentElement, document.querySelector("main")].map((e) => e.scrollWidth - e.clientWidth)'
      expect(await page.evaluate(beyond)).toEqual([0, 0])
      await browser.picture(page, `${path.slice(1).replaceAll(/[/?=]/g, '-')}-${name}`)
    }
    await page.context().close()
  })
})
