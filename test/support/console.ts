import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { hasProgram } from './available.ts'
import { OneNode, type OneNodeOptions } from './one-node.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
const PATIENCE_MS = 120_000

/** The system's own Chromium; undefined where there is none. No other is fetched. */
export const chromiumName: string | undefined = NAMES.find(hasProgram)

const modifiedMs = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Nobody tests what the console was yesterday. */
function buildIfStale(): void {
  const built = modifiedMs('dist/console/index.html')
  if (globSync('src/console/**/*.{ts,tsx,css,html}').every((path) => modifiedMs(path) <= built)) return
  const { status, stderr } = spawnSync('node_modules/.bin/vite', ['build', '--logLevel', 'error'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the console could not be built: ${stderr}`)
}

export interface Look {
  readonly path?: string
  readonly colours?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
}

/** A broker with its console, and a browser that looks at it. Whatever a page complains about on its console is a failure. */
export class ConsoleBrowser implements AsyncDisposable {
  readonly one: OneNode
  readonly base: string
  readonly #browser: Browser
  readonly complaints: string[] = []

  private constructor(one: OneNode, browser: Browser) {
    this.one = one
    this.base = `http://127.0.0.1:${one.node.http[0]?.port}`
    this.#browser = browser
  }

  static async open(options: OneNodeOptions = {}): Promise<ConsoleBrowser> {
    buildIfStale()
    const overrides = { 'odradek.http.listeners': 'http://127.0.0.1:0', ...options.overrides }
    const one = await OneNode.start({ ...options, overrides })
    const { chromium } = await import('playwright-core')
    const { stdout } = spawnSync('sh', ['-c', `command -v ${chromiumName}`], { encoding: 'utf8' })
    // No sandbox of its own: tests may run as root, and what they open is ours.
    const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
    const browser = await chromium.launch({ executablePath: stdout.trim(), args, timeout: PATIENCE_MS })
    return new ConsoleBrowser(one, browser)
  }

  /** A page in a window of its own, when it shows what it is about. */
  async look({ path = '/', colours = 'light', width = 1280, height = 800 }: Look = {}): Promise<Page> {
    const context = await this.#browser.newContext({ colorScheme: colours, viewport: { width, height } })
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => this.complaints.push(`${path}: ${error.message}`))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(`${path}: ${message.text()}`)
    })
    await page.goto(this.base + path)
    await page.getByRole('heading', { level: 1 }).first().waitFor()
    return page
  }

  /** A picture for whoever wants to see it: `SCREENSHOTS=folder npx vitest run test/console`. */
  async picture(page: Page, name: string): Promise<void> {
    const folder = process.env.SCREENSHOTS
    if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    await this.one[Symbol.asyncDispose]()
  }
}
