import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noTarget } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { noPython } from '../support/python.ts'
import { Tools } from '../support/tools.ts'
import { cleanUp } from './clean-up.ts'
import { Compose } from './compose.ts'
import { IMPATIENT } from './impatient.ts'
import type { Load } from './load.ts'
import { noNamespaces } from './network.ts'
import * as served from './served.ts'
import * as trouble from './trouble.ts'
import { noWrongClocks } from './wrong-clock.ts'

const cannot = noNamespaces() || noKafka() || noPython() || noTarget()

describe.skipIf(cannot)('a cluster in trouble, under load', () => {
  let compose: Compose
  let tools: Tools

  beforeAll(async () => {
    tools = new Tools()
    compose = await Compose.up({ environment: IMPATIENT, smallDisks: true, wrongClock: !noWrongClocks() })
  })

  afterAll(() => cleanUp(compose, tools))

  async function through(topic: string, happening: (load: Load) => Promise<void>): Promise<void> {
    const { acknowledged, broken } = await trouble.through(compose, tools, topic, happening)
    expect(broken).toEqual([])
    expect(acknowledged).toBeGreaterThan(100)
  }

  it('shows its console and its schemas by each node, in the network and on this machine', async () => {
    await served.everywhere(compose)
  })

  it('goes on without a leader, a follower and the active controller that are killed, and takes them back', async () => {
    await through('killed', async (load) => {
      await trouble.killAndTakeBack(compose, 'killed', await trouble.leaderOf(compose, 'killed'), load)
      await trouble.killAndTakeBack(compose, 'killed', await trouble.followerOf(compose, 'killed'), load)
      await trouble.killAndTakeBack(compose, 'killed', await trouble.controllerOf(compose), load)
    })
  })

  it('goes on while a leader is frozen or cut off from the others, and nothing that it still believes counts', async () => {
    await through('silent', async (load) => {
      await trouble.freezeAndThaw(compose, 'silent', await trouble.leaderOf(compose, 'silent'), load)
      await trouble.partAndJoin(compose, 'silent', await trouble.leaderOf(compose, 'silent'), load)
    })
  })

  it.skipIf(noWrongClocks())('goes on while clocks are wrong, and when full disks have room again', async () => {
    await through('misled', async (load) => {
      await trouble.misleadAndCorrect(compose, 'misled', await trouble.controllerOf(compose), load)
      await trouble.fillAndFree(compose, 'misled', await trouble.followerOf(compose, 'misled'), load)
      await trouble.fillAndFree(compose, 'misled', await trouble.leaderOf(compose, 'misled'), load)
    })
  })

  it('goes on through a rolling restart', async () => {
    await through('rolling', async (load) => {
      for (const container of compose.containers) await trouble.restartCleanly(compose, 'rolling', container, load)
    })
  })
})
