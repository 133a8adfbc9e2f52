import { expect } from 'vitest'
import { nodeBinary } from '../support/broker.ts'
import { run } from '../support/process.ts'
import { until } from '../support/wait.ts'
import { type Compose, publishedPort } from './compose.ts'
import { type Host, within } from './network.ts'

/** The ports that the compose file gives the console and the registry in its network. */
const [CONSOLE, REGISTRY] = [9080, 8081]

interface Asked {
  readonly url: string
  /** Posted as JSON. */
  readonly body?: object
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

const ASK = `
const answers = []
for (const { url, body } of JSON.parse(process.argv[1])) {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, body && { method: 'POST', body: JSON.stringify(body), headers })
  answers.push({ status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() })
}
console.log(JSON.stringify(answers))`

/** What a program gets at a host of the network, where the nodes have their names. */
async function asked(from: Host, questions: readonly Asked[]): Promise<Answer[]> {
  const [ip = '', ...args] = [
    ...within(from),
    nodeBinary(),
    '--input-type=module',
    '-e',
    ASK,
    JSON.stringify(questions),
  ]
  const { code, out, err } = await run(ip, args, { timeoutMs: 120_000 })
  if (code !== 0) throw new Error(`could not ask from ${from.name}: ${err}`)
  return JSON.parse(out)
}

/** The console, metrics and registry of each node, as a neighbour in the network and a browser on this machine see them. */
export async function everywhere({ containers }: Compose): Promise<void> {
  const subjects = containers.map(({ name }) => `of-${name}`)
  for (const [i, container] of containers.entries()) {
    const { name } = container
    const { host: neighbour } = containers[(i + 1) % containers.length] ?? container
    const [page, session, metrics, made] = await asked(neighbour, [
      { url: `http://${name}:${CONSOLE}/` },
      { url: `http://${name}:${CONSOLE}/api/session` },
      { url: `http://${name}:${CONSOLE}/metrics` },
      {
        url: `http://${name}:${REGISTRY}/subjects/of-${name}/versions`,
        body: { schema: `"${i > 0 ? 'long' : 'int'}"` },
      },
    ])
    expect(page).toMatchObject({ status: 200, type: expect.stringContaining('text/html') })
    expect(session).toMatchObject({ status: 200, text: expect.stringContaining('"loginRequired":false') })
    expect(metrics?.text).toContain('kafka_server_')
    expect(made).toMatchObject({ status: 200, text: expect.stringContaining('"id":') })
    const [shown, healthy] = await Promise.all(
      ['', 'healthz'].map((path) => fetch(`http://localhost:${publishedPort(container, CONSOLE)}/${path}`)),
    )
    expect([shown?.status, healthy?.status]).toEqual([200, 200])
    expect(await shown?.text()).toContain('<title>')
    await healthy?.body?.cancel()
  }
  for (const container of containers) {
    await until(`the schemas of all at ${container.name}`, async () => {
      const answer = await fetch(`http://localhost:${publishedPort(container, REGISTRY)}/subjects`)
      return (await answer.text()) === JSON.stringify(subjects)
    })
  }
}
