import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { NodeCluster } from '../support/node-cluster.ts'
import { exited } from '../support/process.ts'
import { noPython, PYTHON } from '../support/python.ts'
import { until } from '../support/wait.ts'

const SCRIPT = fileURLToPath(new URL('./python/transfers.py', import.meta.url))
const ROLES = { 1: 'broker,controller', 2: 'broker,controller', 3: 'broker,controller' }
const OVERRIDES = {
  'offsets.topic.num.partitions': '3',
  'transaction.state.log.num.partitions': '3',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200',
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '300',
}
const SOON = 60_000

describe.skipIf(noPython())("librdkafka's transactions over three nodes", () => {
  it('stay whole while each of them is killed in turn', async () => {
    const cluster = await NodeCluster.make({ roles: ROLES, overrides: OVERRIDES })
    await cluster.start()
    const servers = [...cluster.nodes.values()].map(({ brokerPort }) => `127.0.0.1:${brokerPort}`).join()
    const child = spawn(PYTHON, [SCRIPT, servers])
    try {
      let output = ''
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
      const said = (word: string) =>
        output
          .split('\n')
          .filter((line) => line.startsWith(`${word} `))
          .map((line) => line.split(' ')[1] ?? '')
      const goesOn = (count: number) => {
        const before = said('committed').length
        return until(`${count} transactions`, () => said('committed').length >= before + count, SOON)
      }
      await goesOn(10)
      for (const id of [1, 2, 3]) {
        cluster.kill(id)
        await goesOn(10)
        await cluster.start(id)
        await goesOn(10)
      }
      child.stdin.end()
      await exited(child)
      const [left, right] = ['left', 'right'].map((topic) => {
        return (
          output
            .split('\n')
            .find((line) => line.startsWith(`${topic} `))
            ?.split(' ')
            .slice(1) ?? []
        )
      })
      expect(left).toEqual(right)
      expect(new Set(left).size).toBe(left?.length)
      expect(said('committed').filter((number) => !left?.includes(number))).toEqual([])
      expect(said('aborted').filter((number) => left?.includes(number))).toEqual([])
    } finally {
      child.kill('SIGKILL')
      cluster.close()
    }
  })
})
