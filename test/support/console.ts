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
  // What tests set would make it a build for development.
  const env = { ...process.env, NODE_ENV: 'production' }
  const vite = 'node_modules/.bin/vite'
  const { status, stderr } = spawnSync(vite, ['build', '--logLevel', 'error'], { encoding: 'utf8', env })
  if (status !== 0) throw new Error(`the console could not be built: ${stderr}`)
}

export interface Look {
  readonly path?: string
  readonly colours?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
}

/** A browser that looks at a console. Whatever a page complains about on its own console is a failure. */
export class BrowserAt implements AsyncDisposable {
  readonly base: string
  readonly complaints: string[] = []
  readonly #browser: Browser

  protected constructor(base: string, browser: Browser) {
    this.base = base
    this.#browser = browser
  }

  /** By the port of the console. */
  static async at(port: number | undefined): Promise<BrowserAt> {
    return new BrowserAt(`http://127.0.0.1:${port}`, await launch())
  }

  /** A page in a window of its own, when it shows what it is about. */
  async look({ path = '/', colours = 'light', width = 1280, height = 800 }: Look = {}): Promise<Page> {
    const context = await this.#browser.newContext({ colorScheme: colours, viewport: { width, height } })
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => this.complaints.push(`${path}: ${error.message}`))
    page.on('console', (message) => {
      // Of this machine: other tests make network namespaces meanwhile. The page asks again by itself.
      if (message.text().includes('ERR_NETWORK_CHANGED')) return
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
  }
}

async function launch(): Promise<Browser> {
  buildIfStale()
  const { chromium } = await import('playwright-core')
  const { stdout } = spawnSync('sh', ['-c', `command -v ${chromiumName}`], { encoding: 'utf8' })
  // No sandbox of its own: tests may run as root, and what they open is ours.
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
  return chromium.launch({ executablePath: stdout.trim(), args, timeout: PATIENCE_MS })
}

/** A broker with its console, and a browser that looks at it. */
export class ConsoleBrowser extends BrowserAt {
  readonly one: OneNode

  private constructor(one: OneNode, browser: Browser) {
    super(`http://127.0.0.1:${one.node.http[0]?.port}`, browser)
    this.one = one
  }

  static async open(options: OneNodeOptions = {}): Promise<ConsoleBrowser> {
    const browser = await launch()
    const overrides = { 'odradek.http.listeners': 'http://127.0.0.1:0', ...options.overrides }
    return new ConsoleBrowser(await OneNode.start({ ...options, overrides }), browser)
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    await this.one[Symbol.asyncDispose]()
  }
}
