import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing } from '../support/available.ts'
import { ConsoleBrowser, chromiumName } from '../support/console.ts'
import { SECURED } from '../support/secured-console.ts'

describe.skipIf(missing('chromium', chromiumName !== undefined))('the console of a secured broker in a browser', () => {
  let browser: ConsoleBrowser

  beforeAll(async () => {
    browser = await ConsoleBrowser.open({
      overrides: SECURED,
    })
  })
  afterAll(() => browser?.[Symbol.asyncDispose]())

  it('lets in whoever the cluster knows, to what the ACLs allow, until one logs out', async () => {
    const page = await browser.look({ path: '/users' })
    const login = async (name: string, password: string) => {
      await page.getByLabel('Name').fill(name)
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Log in' }).click()
    }
    await login('alice', 'wrong')
    await page.getByRole('alert').waitFor()
    await login('alice', 'a')
    await page.getByRole('heading', { level: 1, name: 'Users' }).waitFor()
    // What is denied is said on the page; the browser notes each answer that is no success.
    await page
      .getByText(/not authorized/i)
      .first()
      .waitFor()
    await browser.picture(page, 'denied')
    await page.getByRole('button', { name: 'Log out' }).click()
    await login('admin', 'r')
    await page.getByText('No SCRAM users').waitFor()
    await page.getByRole('link', { name: 'ACLs' }).click()
    await page.getByText('No ACLs').waitFor()
    await page.getByRole('link', { name: 'Refused clients' }).click()
    await page.getByText(/alice/).first().waitFor()
    await browser.picture(page, 'refusals')
    const told = browser.complaints.splice(0)
    expect(told.filter((complaint) => !/status of 40[13]/.test(complaint))).toEqual([])
    await page.context().close()
  })
})
