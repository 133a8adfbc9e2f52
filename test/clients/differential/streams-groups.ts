import { until } from '../../support/wait.ts'
import { configureGroup } from './group-config.ts'
import type { Body, Reply } from './session.ts'
import { type Context, everyVersion, flow, type Step } from './step.ts'

const info = (name: string, partitions = 0, topicConfigs: readonly object[] = []) => {
  return { name, partitions, replicationFactor: 0, topicConfigs }
}

interface Part {
  readonly id?: string
  readonly sources?: readonly string[]
  readonly regex?: readonly string[]
  readonly sinks?: readonly string[]
  readonly repartitions?: readonly object[]
  readonly changelogs?: readonly object[]
  readonly together?: readonly object[]
}

function topology(epoch: number, ...parts: readonly Part[]) {
  return {
    epoch,
    subtopologies: parts.map((part, at) => ({
      subtopologyId: part.id ?? String(at),
      sourceTopics: part.sources ?? [],
      sourceTopicRegex: part.regex ?? [],
      stateChangelogTopics: part.changelogs ?? [],
      repartitionSinkTopics: part.sinks ?? [],
      repartitionSourceTopics: part.repartitions ?? [],
      copartitionGroups: part.together ?? [],
    })),
  }
}

/** Reads `wide` (3 partitions), counts by another key. */
const counting = (name: string, epoch = 0) =>
  topology(
    epoch,
    { sources: ['wide'], sinks: [`${name}-words`] },
    {
      repartitions: [info(`${name}-words`, 0, [{ key: 'segment.bytes', value: '52428800' }])],
      changelogs: [info(`${name}-counts`, 0, [{ key: 'cleanup.policy', value: 'compact' }])],
    },
  )

const NO_TASKS = { activeTasks: [], standbyTasks: [], warmupTasks: [] }

const joining = (groupId: string, memberId: string, more: object = {}): Body => ({
  groupId,
  memberId,
  memberEpoch: 0,
  endpointInformationEpoch: 0,
  rebalanceTimeoutMs: 30_000,
  processId: `process of ${memberId}`,
  clientTags: [],
  ...NO_TASKS,
  ...more,
})

const going = (groupId: string, memberId: string, memberEpoch: number, more: object = {}): Body => ({
  groupId,
  memberId,
  memberEpoch,
  endpointInformationEpoch: 0,
  ...more,
})

const owning = (active: Readonly<Record<string, readonly number[]>>) => ({
  ...NO_TASKS,
  activeTasks: Object.entries(active).map(([subtopologyId, partitions]) => ({ subtopologyId, partitions })),
})

/** Nothing waits, so that answers do not depend on how fast the requests come. */
async function atOnce(context: Context, groupId: string, more: Readonly<Record<string, string>> = {}) {
  const all = { 'streams.assignment.interval.ms': '0', 'streams.initial.rebalance.delay.ms': '0', ...more }
  return configureGroup(context, groupId, all)
}

const byMember = (a: Reply, b: Reply): number => (a.memberId < b.memberId ? -1 : 1)
const byPort = (a: Reply, b: Reply): number => a.userEndpoint.port - b.userEndpoint.port
const byTopic = (a: Reply, b: Reply): number => (a.topic < b.topic ? -1 : 1)

/** Kafka's order of endpoints' partitions is a different one in every run. */
function inOrder(reply: Reply): Reply {
  for (const one of reply.partitionsByUserEndpoint ?? []) one.activePartitions.sort(byTopic)
  reply.partitionsByUserEndpoint?.sort(byPort)
  // What the steps themselves say when they fail.
  for (const one of reply.status ?? []) one.statusDetail = one.statusDetail.replaceAll('failed: ', 'failed, ')
  return reply
}

/** Says what is asked and told, one after another. */
class Talk {
  readonly replies: Reply[] = []
  readonly #context: Context
  readonly groupId: string

  constructor(context: Context, groupId: string) {
    this.#context = context
    this.groupId = groupId
  }

  async call(name: Parameters<Context['session']['call']>[0], version: number, body: Body): Promise<Reply> {
    const reply = inOrder(await this.#context.session.call(name, version, body))
    this.replies.push({ [name]: reply })
    return reply
  }

  join(memberId: string, more: object = {}): Promise<Reply> {
    return this.call('StreamsGroupHeartbeat', 0, joining(this.groupId, memberId, more))
  }

  beat(memberId: string, memberEpoch: number, more: object = {}): Promise<Reply> {
    return this.call('StreamsGroupHeartbeat', 0, going(this.groupId, memberId, memberEpoch, more))
  }

  /** Until the topics that the coordinator wants are there. */
  async ready(memberId: string, memberEpoch: number): Promise<void> {
    await until('the internal topics', async () => {
      const body = going(this.groupId, memberId, memberEpoch, owning({}))
      const reply = await this.#context.session.call('StreamsGroupHeartbeat', 0, body)
      if (reply.status?.length > 0) return false
      this.replies.push({ ready: inOrder(reply) })
      return true
    })
  }

  async describe(): Promise<void> {
    const groupIds = [this.groupId]
    const reply = await this.#context.session.call('StreamsGroupDescribe', 0, {
      groupIds,
      includeAuthorizedOperations: true,
    })
    for (const group of reply.groups) group.members.sort(byMember)
    this.replies.push({ described: reply })
  }

  commit(version: number, memberId: string, epoch: number, partitions: readonly number[]): Promise<Reply> {
    const offsets = partitions.map((partitionIndex) => {
      return { partitionIndex, committedOffset: 5, committedLeaderEpoch: -1, committedMetadata: '' }
    })
    return this.call('OffsetCommit', version, {
      groupId: this.groupId,
      memberId,
      generationIdOrMemberEpoch: epoch,
      retentionTimeMs: -1,
      topics: [{ name: 'wide', partitions: offsets }],
    })
  }

  fetch(memberId: string | null, memberEpoch: number): Promise<Reply> {
    const groups = [
      { groupId: this.groupId, memberId, memberEpoch, topics: [{ name: 'wide', partitionIndexes: [0, 1] }] },
    ]
    return this.call('OffsetFetch', 9, { groups, requireStable: true })
  }
}

const once = { min: 0, max: 0 }

const life = flow('streams groups: from the first member to the last', once, async (context) => {
  const groupId = 'streams-life'
  const talk = new Talk(context, groupId)
  await atOnce(context, groupId)
  const userEndpoint = { host: 'h1', port: 1234 }
  const tags = { clientTags: [{ key: 'zone', value: 'z' }], rackId: 'r1', userEndpoint }
  const { memberEpoch } = await talk.join('m1', { topology: counting('life'), ...tags })
  await talk.ready('m1', memberEpoch)
  await talk.describe()
  await talk.beat('m1', 2)
  await talk.beat('m1', 3)
  await talk.beat('m1', 1)
  const all = { '0': [0, 1, 2], '1': [0, 1, 2] }
  await talk.beat('m1', 3, { ...owning(all), endpointInformationEpoch: 7 })
  await talk.commit(8, 'm1', 3, [0])
  await talk.commit(9, 'm1', 3, [0])
  await talk.commit(9, 'm1', 4, [0])
  await talk.commit(9, 'stranger', 3, [0])
  await talk.commit(9, '', -1, [0])
  await talk.fetch('m1', 3)
  await talk.fetch('m1', 2)
  await talk.fetch('stranger', 3)
  await talk.fetch(null, -1)
  const other = { topology: counting('life'), userEndpoint: { host: 'h2', port: 4321 } }
  await talk.join('m2', other)
  await talk.beat('m1', 3, owning(all))
  await talk.describe()
  await talk.commit(9, 'm1', 2, [0, 1, 2])
  await talk.beat('m2', 4)
  await talk.beat('m1', 3, owning({ '0': [0, 1], '1': [0] }))
  await talk.commit(9, 'm1', 3, [0])
  await talk.commit(9, 'm1', 3, [2])
  await talk.beat('m2', 4)
  await talk.beat('m2', 4)
  await talk.beat('m1', 4)
  await talk.describe()
  await talk.call('ListGroups', 5, { statesFilter: [], typesFilter: ['streams'] })
  await talk.call('ListGroups', 5, { statesFilter: ['stable'], typesFilter: ['Streams'] })
  await talk.call('DescribeGroups', 6, { groups: [groupId] })
  await talk.call('ConsumerGroupDescribe', 1, { groupIds: [groupId] })
  await talk.call('DeleteGroups', 2, { groupsNames: [groupId] })
  await talk.call('OffsetDelete', 0, { groupId, topics: [{ name: 'wide', partitions: [{ partitionIndex: 0 }] }] })
  await atOnce(context, groupId, { 'streams.num.standby.replicas': '1' })
  await talk.beat('m1', 4)
  await talk.beat('m2', 4)
  await talk.describe()
  await talk.beat('m1', -1)
  await talk.beat('m2', 5)
  await talk.beat('m2', 5, { shutdownApplication: true })
  await talk.join('m3', { topology: counting('life') })
  await talk.beat('m2', -1, { shutdownApplication: true })
  await talk.beat('m3', -1)
  await talk.describe()
  await talk.beat('m3', 9)
  await talk.call('OffsetDelete', 0, { groupId, topics: [{ name: 'wide', partitions: [{ partitionIndex: 0 }] }] })
  await talk.call('DeleteGroups', 2, { groupsNames: [groupId] })
  await talk.describe()
  return talk.replies
})

const refusals: Readonly<Record<string, Body>> = {
  'a static member': joining('x', 'm', { instanceId: 'i', topology: counting('x') }),
  'task offsets': joining('x', 'm', { taskOffsets: [], topology: counting('x') }),
  'task end offsets': joining('x', 'm', { taskEndOffsets: [], topology: counting('x') }),
  'warmup tasks': joining('x', 'm', {
    warmupTasks: [{ subtopologyId: '0', partitions: [0] }],
    topology: counting('x'),
  }),
  'a regular expression': joining('x', 'm', { topology: topology(0, { regex: ['a.*'] }) }),
  'no member id': joining('x', ' ', { topology: counting('x') }),
  'no group id': joining('', 'm', { topology: counting('x') }),
  'an empty rack': joining('x', 'm', { rackId: '', topology: counting('x') }),
  'no rebalance timeout': joining('x', 'm', { rebalanceTimeoutMs: -1, topology: counting('x') }),
  'tasks of one who joins': joining('x', 'm', { ...owning({ '0': [0] }), topology: counting('x') }),
  'no tasks of one who joins': joining('x', 'm', { activeTasks: null, topology: counting('x') }),
  'no topology': joining('x', 'm'),
  'a changelog with partitions': joining('x', 'm', {
    topology: topology(0, { sources: ['wide'], changelogs: [info('log', 3)] }),
  }),
  'static leaving': going('x', 'm', -2),
  'an epoch below': going('x', 'm', -3),
  'some kinds of tasks': going('x', 'm', 1, { activeTasks: [] }),
  'a topology later': going('x', 'm', 1, { topology: counting('x') }),
  'a group that is not there': going('nowhere', 'm', 1),
  'leaving a group that is not there': going('nowhere', 'm', -1),
  'an internal topic': joining('x', 'm', { topology: topology(0, { sources: ['__consumer_offsets', 'wide'] }) }),
  'a name that no topic has': joining('x', 'm', { topology: topology(0, { sources: ['wide', 'a b'] }) }),
  'a negative topology epoch': joining('x', 'm', { topology: counting('x', -1) }),
  'the same subtopology twice': joining('x', 'm', {
    topology: topology(0, { id: 'a', sources: ['wide'] }, { id: 'a', sources: ['plain'] }),
  }),
  'no source topics': joining('x', 'm', { topology: topology(0, { changelogs: [info('x-log')] }) }),
  'a loop': joining('x', 'm', {
    topology: topology(
      0,
      { repartitions: [info('x-a')], sinks: ['x-b'] },
      { repartitions: [info('x-b')], sinks: ['x-a'] },
    ),
  }),
  'a repartition topic that nobody writes': joining('x', 'm', {
    topology: topology(0, { sources: ['wide'] }, { repartitions: [info('x-a')] }),
  }),
  'copartitioned topics that are not there': joining('x', 'm', {
    topology: topology(0, {
      sources: ['wide'],
      together: [{ sourceTopics: [1], sourceTopicRegex: [], repartitionSourceTopics: [] }],
    }),
  }),
  'the same tag twice': joining('x', 'm', {
    topology: counting('x'),
    clientTags: [
      { key: 'k', value: 'a' },
      { key: 'k', value: 'b' },
    ],
  }),
}

const together = (...parts: readonly Part[]) => topology(0, ...parts)
const group = (sourceTopics: readonly number[], repartitionSourceTopics: readonly number[]) => {
  return { sourceTopics, sourceTopicRegex: [], repartitionSourceTopics }
}

/** Topics that do not allow a topology to run; each in a group of its own. */
const problems: Readonly<Record<string, object>> = {
  'missing source topics': together({ sources: ['wide', 'lost-d', 'lost-a', 'lost-c', 'lost-b'] }),
  'one missing source topic': together({ sources: ['lost'] }, { id: '5', sources: ['wide'] }),
  'sources of different widths': together({ sources: ['wide', 'plain'], together: [group([0, 1], [])] }),
  'a repartition topic of a wrong width': together(
    { sources: ['wide'], sinks: ['fixed'] },
    { sources: ['plain'], repartitions: [info('fixed', 7)], together: [group([0], [0])] },
  ),
  'repartition topics of different widths': together(
    { sources: ['wide'], sinks: ['f1', 'f2'] },
    { repartitions: [info('f1', 7), info('f2', 8)], together: [group([], [0, 1])] },
  ),
  'a changelog of another width': together({ sources: ['wide'], changelogs: [info('plain')] }),
}

const problemFlow = flow('streams groups: topics that do not fit', once, async (context) => {
  const replies: Reply[] = []
  for (const [title, shape] of Object.entries(problems)) {
    const talk = new Talk(context, `streams-${title.replaceAll(' ', '-')}`)
    await atOnce(context, talk.groupId)
    await talk.join('m', { topology: shape })
    await talk.beat('m', 2)
    await talk.describe()
    await talk.beat('m', -1)
    replies.push({ [title]: talk.replies })
  }
  return replies
})

/** Why a topic could not be made is told with the next heartbeats. */
const unmade = flow('streams groups: why a topic is missing', once, async (context) => {
  const talk = new Talk(context, 'streams-unmade')
  await atOnce(context, talk.groupId)
  const nonsense = [{ key: 'cleanup.policy', value: 'nonsense' }]
  const shape = together({ sources: ['wide'], changelogs: [info('unmade', 0, nonsense)] })
  await context.session.call('StreamsGroupHeartbeat', 0, joining(talk.groupId, 'm', { topology: shape }))
  await until('the failure', async () => {
    const reply = await context.session.call('StreamsGroupHeartbeat', 0, going(talk.groupId, 'm', 2))
    return reply.status?.[0]?.statusDetail.includes('failed')
  })
  await talk.beat('m', 2)
  return talk.replies
})

const endpointTooEarly = flow('streams groups: an endpoint while source topics are missing', once, async (context) => {
  const talk = new Talk(context, 'streams-early')
  await atOnce(context, talk.groupId)
  const userEndpoint = { host: 'h', port: 1 }
  await talk.join('m', { topology: problems['missing source topics'], userEndpoint })
  await talk.describe()
  return talk.replies
})

const rules = flow(
  'streams groups: topologies, epochs and tasks that are not the group\u2019s',
  once,
  async (context) => {
    const groupId = 'streams-rules'
    const talk = new Talk(context, groupId)
    await atOnce(context, groupId)
    const simple = topology(3, { sources: ['wide'] })
    await talk.join('m1', { topology: simple })
    await talk.join('m1', { topology: simple })
    await talk.join('m2', { topology: topology(3, { sources: ['plain'] }) })
    await talk.join('m2', { topology: topology(4, { sources: ['wide'] }) })
    await talk.join('m2', { topology: topology(2, { sources: ['plain'] }) })
    await talk.beat('m1', 3, owning({ '9': [0] }))
    await talk.beat('m1', 3, owning({ '0': [3] }))
    await talk.beat('m1', 3, owning({ '0': [-1] }))
    await talk.beat('stranger', 3)
    await talk.beat('stranger', -1)
    await talk.describe()
    await talk.call('ConsumerGroupHeartbeat', 1, {
      groupId,
      memberId: 'c',
      memberEpoch: 0,
      rebalanceTimeoutMs: 1000,
      subscribedTopicNames: ['wide'],
      topicPartitions: [],
    })
    await talk.call('JoinGroup', 5, {
      groupId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    })
    await talk.call('StreamsGroupDescribe', 0, { groupIds: ['', 'nowhere'], includeAuthorizedOperations: false })
    await talk.beat('m1', -1)
    await talk.beat('m2', -1)
    return talk.replies
  },
)

const delayed = flow('streams groups: assignments that wait', once, async (context) => {
  const groupId = 'streams-delayed'
  const talk = new Talk(context, groupId)
  const more = { 'streams.initial.rebalance.delay.ms': '60000', 'streams.heartbeat.interval.ms': '7000' }
  await atOnce(context, groupId, more)
  await talk.join('m1', { topology: topology(0, { sources: ['wide'] }) })
  await talk.beat('m1', 1)
  await talk.describe()
  await talk.call('ListGroups', 5, { statesFilter: ['assigning'], typesFilter: [] })
  await talk.beat('m1', -1)
  return talk.replies
})

const configs = flow('streams groups: configs out of bounds', once, async ({ session }) => {
  const replies: Reply[] = []
  for (const [name, value] of [
    ['streams.session.timeout.ms', '44999'],
    ['streams.session.timeout.ms', '60001'],
    ['streams.heartbeat.interval.ms', '4999'],
    ['streams.heartbeat.interval.ms', '15001'],
    ['streams.num.standby.replicas', '3'],
    ['streams.num.standby.replicas', '-1'],
    ['streams.initial.rebalance.delay.ms', '-1'],
    ['streams.assignment.interval.ms', '15001'],
  ] as const) {
    const resources = [{ resourceType: 32, resourceName: 'bounds', configs: [{ name, configOperation: 0, value }] }]
    replies.push(await session.call('IncrementalAlterConfigs', 1, { resources }))
  }
  return replies
})

export const streamsGroupSteps: readonly Step[] = [
  ...everyVersion(
    'StreamsGroupHeartbeat',
    once,
    Object.fromEntries(Object.entries(refusals).map(([title, body]) => [title, () => body])),
  ),
  life,
  problemFlow,
  unmade,
  endpointTooEarly,
  rules,
  delayed,
  configs,
]
