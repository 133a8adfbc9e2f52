import { errorNamed } from '../../../src/base/errors.ts'
import { until } from '../../support/wait.ts'
import { STRANGE_ID, type Step, topicId, ZERO_ID } from '../differential/step.ts'
import { type Exchange, exchange } from './asking.ts'

interface Part {
  readonly partition: number
  readonly stateEpoch?: number
  readonly leaderEpoch?: number
  readonly startOffset?: number
  readonly deliveryCompleteCount?: number
  readonly stateBatches?: readonly object[]
}

/** One group's state, asked of the share coordinator as another broker would. */
class States {
  readonly #talk: Exchange
  readonly #groupId: string

  constructor(talk: Exchange, groupId: string) {
    this.#talk = talk
    this.#groupId = groupId
  }

  #body(part: Part, topic: string) {
    const id = topic === STRANGE_ID || topic === ZERO_ID ? topic : topicId(this.#talk.context, topic)
    return { groupId: this.#groupId, topics: [{ topicId: id, partitions: [part] }] }
  }

  initialize(part: Part, topic = 'plain') {
    const all = { stateEpoch: 0, startOffset: 0, ...part }
    return this.#talk.call('InitializeShareGroupState', 0, this.#body(all, topic))
  }

  read(part: Part, topic = 'plain') {
    return this.#talk.call('ReadShareGroupState', 0, this.#body({ leaderEpoch: 0, ...part }, topic))
  }

  summary(part: Part, topic = 'plain') {
    return this.#talk.call('ReadShareGroupStateSummary', 1, this.#body({ leaderEpoch: 0, ...part }, topic))
  }

  write(part: Part, topic = 'plain') {
    const all = { stateEpoch: 0, leaderEpoch: 0, startOffset: -1, stateBatches: [], ...part }
    return this.#talk.call('WriteShareGroupState', 1, this.#body(all, topic))
  }

  remove(part: Part, topic = 'plain') {
    return this.#talk.call('DeleteShareGroupState', 0, this.#body(part, topic))
  }
}

const batches = (firstOffset: number, lastOffset: number, deliveryState = 0, deliveryCount = 1) => ({
  stateBatches: [{ firstOffset, lastOffset, deliveryState, deliveryCount }],
})

const refused = exchange('share states: what is refused', async (talk) => {
  const states = new States(talk, 'errors-state')
  const topics = [{ topicId: topicId(talk.context, 'plain'), partitions: [{ partition: 0, leaderEpoch: 0 }] }]
  await until('the share coordinator', async () => {
    const asked = await talk.context.session.call('ReadShareGroupState', 0, { groupId: 'errors-state', topics })
    return errorNamed(asked.results[0].partitions[0].errorCode) === 'INVALID_REQUEST'
  })
  for (const partition of [0, 40, -1]) {
    await states.read({ partition })
    await states.summary({ partition })
    await states.write({ partition })
    await states.remove({ partition })
  }
  for (const topic of [STRANGE_ID, ZERO_ID]) {
    await states.initialize({ partition: 0 }, topic)
    await states.read({ partition: 0 }, topic)
    await states.summary({ partition: 0 }, topic)
    await states.write({ partition: 0 }, topic)
    await states.remove({ partition: 0 }, topic)
  }
  await states.initialize({ partition: 40 })
  await states.initialize({ partition: -1 })
  await states.initialize({ partition: 0, stateEpoch: 5, startOffset: 3 })
  await states.initialize({ partition: 0, stateEpoch: 4 })
  await states.initialize({ partition: 0, stateEpoch: 5, startOffset: 3 })
  await states.initialize({ partition: 0, stateEpoch: -1 })
  await states.write({ partition: 0, stateEpoch: 4, leaderEpoch: 2 })
  await states.write({ partition: 0, stateEpoch: 5, leaderEpoch: 2, ...batches(3, 5) })
  await states.write({ partition: 0, stateEpoch: 5, leaderEpoch: 1, ...batches(3, 5) })
  await states.write({ partition: 0, stateEpoch: 4, leaderEpoch: 2, ...batches(3, 5) })
  await states.write({ partition: 0, stateEpoch: 6, leaderEpoch: 2, ...batches(3, 5) })
  await states.write({ partition: 0, stateEpoch: 5, leaderEpoch: -1, ...batches(3, 5) })
  await states.write({ partition: 0, stateEpoch: 5, leaderEpoch: 2, ...batches(9, 7) })
  await states.write({ partition: 0, stateEpoch: 5, leaderEpoch: 2, ...batches(7, 9, 9) })
  await states.write({ partition: 0, stateEpoch: 5, leaderEpoch: 2, startOffset: 4, ...batches(1, 2) })
  await states.read({ partition: 0, leaderEpoch: 1 })
  await states.read({ partition: 0, leaderEpoch: -1 })
  await states.read({ partition: 0, leaderEpoch: 2 })
  await states.read({ partition: 0, leaderEpoch: 3 })
  await states.read({ partition: 0, leaderEpoch: 2 })
  await states.summary({ partition: 0, leaderEpoch: 2 })
  await states.summary({ partition: 0, leaderEpoch: 4 })
  await states.write({ partition: 0, stateEpoch: 5, leaderEpoch: 2, ...batches(3, 5) })
  await states.remove({ partition: 0 })
  await states.remove({ partition: 0 })
  await states.read({ partition: 0, leaderEpoch: 3 })
})

const without = exchange('share states: no group, no topics, no partitions', async (talk) => {
  const id = topicId(talk.context, 'plain')
  const part = { partition: 0, stateEpoch: 0, leaderEpoch: 0, startOffset: 0, stateBatches: [] }
  for (const body of [
    { groupId: '', topics: [{ topicId: id, partitions: [part] }] },
    { groupId: ' ', topics: [{ topicId: id, partitions: [part] }] },
    { groupId: 'errors-without', topics: [] },
    { groupId: 'errors-without', topics: [{ topicId: id, partitions: [] }] },
  ]) {
    await talk.call('InitializeShareGroupState', 0, body)
    await talk.call('ReadShareGroupState', 0, body)
    await talk.call('ReadShareGroupStateSummary', 1, body)
    await talk.call('WriteShareGroupState', 1, body)
    await talk.call('DeleteShareGroupState', 0, body)
  }
})

export const shareStates: readonly Step[] = [refused, without]
