import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../support/available.ts'
import { BrowserAt, chromiumName } from '../support/console.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { until } from '../support/wait.ts'
import { Scene } from './scene.ts'

type Config = Readonly<Record<'name' | 'value', unknown>>

const BROKERS = [1, 2, 3]
const ROLES = { 1: 'broker,controller', 2: 'broker', 3: 'broker' }
const AT_ONCE = 20
const TIMES = 5
const LARGE = 'x'.repeat(50_000)
/** Of throttled partitions, in bytes a second. */
const SLOW = '1'

describe.skipIf(missing('chromium', chromiumName !== undefined))('the console of three brokers', () => {
  let cluster: NodeCluster
  let scene: Scene
  let browser: BrowserAt

  beforeAll(async () => {
    cluster = await NodeCluster.make({
      roles: ROLES,
      overrides: {
        'odradek.http.listeners': 'http://127.0.0.1:0',
        'transaction.partition.verification.enable': 'false',
        // A throttle begins after what one fetch brings.
        'replica.fetch.max.bytes': String(LARGE.length),
      },
    })
    await cluster.start()
    const port = cluster.node(1).running?.http[0]?.port ?? 0
    const brokers = BROKERS.map((id) => cluster.node(id).brokerPort)
    scene = new Scene(brokers, port)
    browser = await BrowserAt.at(port)
  })
  afterAll(async () => {
    scene?.[Symbol.dispose]()
    await browser?.[Symbol.asyncDispose]()
    cluster?.close()
  })
  afterEach(() => {
    expect(browser.complaints.splice(0)).toEqual([])
  })

  async function set(type: 'topic' | 'broker', name: string, configs: Readonly<Record<string, string>>): Promise<void> {
    const changes = Object.entries(configs).map(([key, value]) => ({ name: key, operation: 'set', value }))
    await scene.ask('configs/alter', { type, name, changes })
  }

  it('moves a partition, shows how far it is, and lets it stay where it was', async () => {
    await scene.topic('large', 1, 0)
    const records = Array.from({ length: AT_ONCE }, () => ({ key: null, value: { text: LARGE } }))
    for (let time = 0; time < TIMES; time += 1) {
      await scene.ask('produce', { topic: 'large', partition: 0, records })
    }
    const every = { 'leader.replication.throttled.replicas': '*', 'follower.replication.throttled.replicas': '*' }
    await set('topic', 'large', every)
    const rates = { 'leader.replication.throttled.rate': SLOW, 'follower.replication.throttled.rate': SLOW }
    for (const id of BROKERS) await set('broker', String(id), rates)
    for (const id of BROKERS) {
      await until(`broker ${id} to be slow`, async () => {
        const { configs } = await scene.ask(`configs?type=broker&name=${id}`)
        return configs.some(
          ({ name, value }: Config) => name === 'follower.replication.throttled.rate' && value === SLOW,
        )
      })
    }
    const [{ leader }] = (await scene.ask('topics/large')).partitions
    const other = BROKERS.find((id) => id !== leader)

    const page = await browser.look({ path: '/reassignments' })
    await page.getByRole('button', { name: 'Move partitions' }).click()
    await page.keyboard.type('large')
    await page.getByLabel('Brokers').fill(`${other}`)
    await page.keyboard.press('Enter')
    const row = page.getByRole('row').filter({ hasText: 'large-0' })
    await row.getByText(`${other} joins`).waitFor()
    await row.getByText(`${leader} leaves`).waitFor()
    await row.getByText(/of \d.* MiB/).waitFor()
    await browser.picture(page, 'moving')
    await row.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Stop moving' }).click()
    await page.getByText('large-0 stays where it was').waitFor()
    await page.getByText('Nothing moves').waitFor()
    await until('the old place', async () => {
      const [{ replicas }] = (await scene.ask('topics/large')).partitions
      return replicas.length === 1 && replicas[0] === leader
    })
    await page.context().close()
  })

  it('finds a transaction that nobody will end, and aborts it', async () => {
    await scene.topic('ledger', 1, 1)
    await scene.hanging('ledger')
    const page = await browser.look({ path: '/transactions/hanging' })
    await page.getByRole('row').filter({ hasText: 'ledger-0' }).getByRole('button', { name: 'Abort' }).click()
    await page.getByText('Its records since offset 1 are never shown').waitFor()
    await browser.picture(page, 'hanging')
    await page.getByRole('dialog').getByRole('button', { name: 'Abort' }).click()
    await page.getByText('What hung in ledger-0 is aborted').waitFor()
    await page.getByText('Nothing hangs').waitFor()
    await page.context().close()
  })

  it('tells of a follower that fell out of sync and came back, while it is looked at', async () => {
    await scene.topic('copied', 3, 1, 3)
    const page = await browser.look({ path: '/insight/isr' })
    await page.getByLabel('Filter changes').fill('copied')
    await page.getByText('Nothing changed').or(page.getByText('Nothing is like this')).first().waitFor()
    await cluster.stop(3)
    const rows = page.getByRole('row').filter({ hasText: 'copied-' })
    await rows.filter({ hasText: 'Broker 3 fell out of sync' }).first().waitFor()
    const overview = await browser.look()
    await overview.getByText('Broker 3 is fenced').waitFor()
    await overview.getByRole('link', { name: 'Look' }).first().click()
    await overview.getByRole('heading', { level: 1, name: /Brokers|Topics/ }).waitFor()
    await overview.context().close()
    await cluster.start(3)
    await rows.filter({ hasText: 'Broker 3 caught up' }).first().waitFor()
    await browser.picture(page, 'isr')
    await rows.filter({ hasText: 'caught up' }).first().getByRole('link').click()
    await page.getByRole('heading', { level: 1, name: 'copied' }).waitFor()
    await page.getByText('What happened to its replicas').waitFor()
    await page.context().close()
  })
})
