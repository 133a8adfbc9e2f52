import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noTarget } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { noPython } from '../support/python.ts'
import { Tools } from '../support/tools.ts'
import { cleanUp } from './clean-up.ts'
import { Compose } from './compose.ts'
import { IMPATIENT } from './impatient.ts'
import { noNamespaces } from './network.ts'
import { throughTransactions } from './transactional-load.ts'
import * as trouble from './trouble.ts'

const cannot = noNamespaces() || noKafka() || noPython() || noTarget()

const TOPIC = 'transacted'
const SEED = 1

describe.skipIf(cannot)('transactions of three nodes', () => {
  let compose: Compose
  let tools: Tools

  beforeAll(async () => {
    tools = new Tools()
    compose = await Compose.up({ environment: IMPATIENT })
  })

  afterAll(() => cleanUp(compose, tools))

  it('of librdkafka, kafkajs and the Java client keep their promises while a leader is killed', async () => {
    const found = await throughTransactions(compose, tools, TOPIC, SEED, async (load) => {
      await trouble.killAndTakeBack(compose, TOPIC, await trouble.leaderOf(compose, TOPIC), load)
    })
    expect(found.anomalies.length > 0 ? found.text : '').toBe('')
    expect(found.committed).toBeGreaterThan(100)
  })
})
