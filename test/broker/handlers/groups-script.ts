import type { Uuid } from '../../../src/base/ids.ts'
import { ApiKey } from '../../../src/protocol/apis.ts'
import { subscription } from '../../group/scenario.ts'

/** Sends one request and gives the decoded response. */
export type Send = (key: number, version: number, body: object) => Promise<Answer>
// biome-ignore lint/suspicious/noExplicitAny: responses of all APIs, looked at by name only
type Answer = any

export const TOPIC = 't'
const UNKNOWN_ID = 'AAAAAAAAEGEAAAAAAAAAYQ' as Uuid

/**
 * Every group API in every version, good requests and bad ones, in one fixed order. The topic `t` has 2 partitions and
 * `__consumer_offsets` is there. Says for each request what was answered, as a line of text.
 */
export async function play(send: Send, topicId: Uuid): Promise<string[]> {
  const script = new Script(send, topicId)
  await script.coordinators()
  await script.offsets()
  await script.lives()
  await script.members()
  await script.staticMembers()
  return script.lines
}

class Script {
  readonly lines: string[] = []
  readonly #send: Send
  readonly #topicId: Uuid

  constructor(send: Send, topicId: Uuid) {
    this.#send = send
    this.#topicId = topicId
  }

  async ask(what: string, key: number, version: number, body: object): Promise<Answer> {
    const answer = await this.#send(key, version, body)
    this.lines.push(`${what} v${version} ${this.#text(answer)}`)
    return answer
  }

  /** Random parts are replaced, and groups sorted: Kafka has them in the order of a hash map. */
  #text(answer: Answer): string {
    for (const list of [answer.groups, answer.results]) {
      list?.sort((a: Answer, b: Answer) => (String(a.groupId) < String(b.groupId) ? -1 : 1))
    }
    return JSON.stringify(answer, (_, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('hex') : value,
    )
      .replaceAll(this.#topicId, 'TOPIC-ID')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
      .replace(/"nodeId":1,"host":"[^"]+","port":\d+/g, '"nodeId":1,"host":"HOST","port":PORT')
  }

  async coordinators(): Promise<void> {
    const find = (what: string, version: number, keyType: number, keys: string[]) =>
      this.ask(what, ApiKey.FindCoordinator, version, { key: keys[0], keyType, coordinatorKeys: keys })
    for (const version of [0, 1, 2, 3, 4, 5, 6]) await find('find group', version, 0, ['g', 'h'])
    for (const version of [1, 4]) await find('find type 5', version, 5, ['g'])
    for (const version of [5, 6]) await find('find share', version, 2, ['g', 'g:x:0'])
    for (const version of [3, 4]) await find('find no name', version, 0, [''])
  }

  commit(what: string, version: number, group: string, topics: object[], more: object = {}): Promise<Answer> {
    const nobody = { generationIdOrMemberEpoch: -1, memberId: '', retentionTimeMs: -1 }
    return this.ask(what, ApiKey.OffsetCommit, version, { ...nobody, groupId: group, topics, ...more })
  }

  async offsets(): Promise<void> {
    const partition = (partitionIndex: number, committedOffset = 5, committedMetadata: string | null = 'hi') => ({
      partitionIndex,
      committedOffset,
      committedLeaderEpoch: 0,
      committedMetadata,
    })
    const t = (...partitions: object[]) => [{ name: TOPIC, topicId: this.#topicId, partitions }]
    const group = 'simple'
    for (let version = 2; version <= 10; version++) {
      await this.commit(
        'commit',
        version,
        group,
        t(partition(0, version), partition(7), partition(1, 6, 'x'.repeat(30))),
      )
    }
    await this.commit('commit unknown', 9, group, [...t(partition(0)), { name: 'nope', partitions: [partition(0)] }])
    const unknownId = { topicId: UNKNOWN_ID, partitions: [partition(0)] }
    await this.commit('commit unknown', 10, group, [unknownId, ...t(partition(0, 8, null))])
    await this.commit('commit with retention', 2, group, t(partition(1)), { retentionTimeMs: 100_000 })
    const known = { generationIdOrMemberEpoch: 3, memberId: 'm' }
    for (const version of [8, 9]) await this.commit('commit to no group', version, 'none', t(partition(0)), known)
    await this.commit('commit to no name', 9, '', t(partition(0)))
    await this.commit('commit as a member', 9, group, t(partition(0)), { ...known, generationIdOrMemberEpoch: 0 })
    await this.commit('commit nothing', 9, 'none', [])
    await this.fetches(group)
    await this.ask('delete offsets', ApiKey.OffsetDelete, 0, { groupId: group, topics: this.#places(TOPIC, 'nope') })
    await this.ask('delete offsets of none', ApiKey.OffsetDelete, 0, { groupId: 'none', topics: this.#places('nope') })
    await this.ask('delete offsets no name', ApiKey.OffsetDelete, 0, { groupId: '', topics: this.#places(TOPIC) })
    for (const version of [0, 1, 2]) {
      await this.ask('delete', ApiKey.DeleteGroups, version, { groupsNames: [group, 'none', '', group] })
      await this.commit('commit', 9, group, t(partition(0)))
    }
    await this.ask('delete', ApiKey.DeleteGroups, 2, { groupsNames: [group] })
  }

  #places(...names: string[]): object[] {
    return names.map((name) => ({ name, partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] }))
  }

  async fetches(group: string): Promise<void> {
    const at = (...partitionIndexes: number[]) => ({ name: TOPIC, topicId: this.#topicId, partitionIndexes })
    const nope = { name: 'nope', topicId: UNKNOWN_ID, partitionIndexes: [0] }
    const fetch = (what: string, version: number, groupId: string, topics: object[] | null, more: object = {}) =>
      this.ask(what, ApiKey.OffsetFetch, version, {
        groupId,
        topics,
        groups: [{ groupId, topics, ...more }],
        requireStable: version >= 7,
      })
    for (let version = 1; version <= 10; version++) {
      await fetch('fetch', version, group, [at(0, 1, 9), nope])
      await fetch('fetch of none', version, 'none', [at(0)])
      if (version >= 2) await fetch('fetch all', version, group, null)
    }
    const groups = [
      { groupId: group, topics: [at(0)] },
      { groupId: 'none', topics: null },
    ]
    for (const version of [8, 9]) {
      await this.ask('fetch groups', ApiKey.OffsetFetch, version, { groups, requireStable: false })
    }
    await fetch('fetch with an epoch', 9, group, [at(0)], { memberId: 'q', memberEpoch: 4 })
    for (let version = 0; version <= 5; version++) await this.list('list', version)
    await this.list('list by state', 5, { statesFilter: [' eMPTY'], typesFilter: ['Classic'] })
    await this.list('list by state', 4, { statesFilter: ['xx'] })
    await this.list('list by type', 5, { typesFilter: ['xx'] })
    for (let version = 0; version <= 6; version++) await this.describe(version, [group, 'none', ''], true)
  }

  list(what: string, version: number, filters: object = {}): Promise<Answer> {
    return this.ask(what, ApiKey.ListGroups, version, { statesFilter: [], typesFilter: [], ...filters })
  }

  describe(version: number, groups: string[], includeAuthorizedOperations = false): Promise<Answer> {
    return this.ask('describe', ApiKey.DescribeGroups, version, { groups, includeAuthorizedOperations })
  }

  join(what: string, version: number, groupId: string, more: object = {}): Promise<Answer> {
    return this.ask(what, ApiKey.JoinGroup, version, {
      groupId,
      sessionTimeoutMs: 20_000,
      rebalanceTimeoutMs: 20_000,
      memberId: '',
      groupInstanceId: null,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: subscription([TOPIC]) }],
      reason: null,
      ...more,
    })
  }

  sync(what: string, version: number, groupId: string, member: Answer, more: object = {}): Promise<Answer> {
    const { generationId, memberId } = member
    const names = { protocolType: 'consumer', protocolName: 'range' }
    const assignments = [{ memberId, assignment: Buffer.from('mine') }]
    const body = { groupId, generationId, memberId, groupInstanceId: null, ...names, assignments, ...more }
    return this.ask(what, ApiKey.SyncGroup, version, body)
  }

  heartbeat(what: string, version: number, groupId: string, member: Answer, more: object = {}): Promise<Answer> {
    const { generationId, memberId } = member
    const body = { groupId, generationId, memberId, groupInstanceId: null, ...more }
    return this.ask(what, ApiKey.Heartbeat, version, body)
  }

  leave(what: string, version: number, groupId: string, ...members: object[]): Promise<Answer> {
    return this.ask(what, ApiKey.LeaveGroup, version, { groupId, ...members[0], members })
  }

  /** One member from its join to its leave, with each version of the APIs. */
  async lives(): Promise<void> {
    for (let version = 0; version <= 9; version++) {
      const group = `life-${version}`
      const given = await this.join('join', version, group)
      const member =
        given.errorCode === 0 ? given : await this.join('join', version, group, { memberId: given.memberId })
      await this.sync('sync', Math.min(version, 5), group, member)
      await this.heartbeat('heartbeat', Math.min(version, 4), group, member)
      await this.describe(Math.min(version, 6), [group])
      await this.leave('leave', Math.min(version, 5), group, { memberId: member.memberId })
      await this.leave('leave', Math.min(version, 5), group, { memberId: member.memberId })
      await this.ask('delete', ApiKey.DeleteGroups, 2, { groupsNames: [group] })
    }
  }

  async members(): Promise<void> {
    const group = 'c'
    for (const version of [0, 1, 6, 7, 9]) await this.join('join too short', version, group, { sessionTimeoutMs: 1 })
    for (const version of [5, 9]) {
      await this.join('join no name', version, '')
      await this.join('join no protocol', version, group, { protocols: [] })
    }
    await this.join('join no type', 9, group, { protocolType: '' })
    await this.join('join unknown', 9, group, { memberId: 'xx' })
    await this.join('join unknown group', 9, 'none', { memberId: 'xx' })
    const { memberId } = await this.join('join', 9, group)
    const member = await this.join('join', 9, group, { memberId })
    await this.describe(6, [group])
    const generation = { generationIdOrMemberEpoch: member.generationId, memberId }
    const one = { partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: 0, committedMetadata: null }
    const topics = [{ name: TOPIC, partitions: [one] }]
    await this.commit('commit too early', 9, group, topics, generation)
    await this.join('join again', 9, group, { memberId })
    for (const version of [0, 3, 5]) await this.sync('sync old', version, group, { memberId, generationId: 99 })
    await this.sync('sync no protocol', 5, group, member, { protocolType: null, protocolName: null })
    await this.sync('sync other protocol', 5, group, member, { protocolName: 'rr' })
    await this.sync('sync unknown', 5, group, { ...member, memberId: 'x' })
    await this.sync('sync unknown group', 5, 'none', member)
    await this.sync('sync no name', 5, '', member)
    await this.sync('sync', 5, group, member)
    await this.sync('sync', 4, group, member, { assignments: [] })
    await this.heartbeat('heartbeat old', 4, group, { memberId, generationId: 7 })
    await this.heartbeat('heartbeat unknown', 4, group, { ...member, memberId: 'x' })
    await this.heartbeat('heartbeat unknown group', 0, 'none', member)
    await this.heartbeat('heartbeat instance', 4, group, member, { groupInstanceId: 'i' })
    await this.heartbeat('heartbeat no name', 4, '', member)
    await this.commit('commit', 9, group, topics, generation)
    await this.commit('commit old', 9, group, topics, { ...generation, generationIdOrMemberEpoch: 77 })
    await this.commit('commit as nobody', 9, group, topics)
    await this.commit('commit as unknown', 9, group, topics, { memberId: 'zz' })
    await this.ask('delete', ApiKey.DeleteGroups, 2, { groupsNames: [group, 'none'] })
    await this.ask('delete offsets', ApiKey.OffsetDelete, 0, { groupId: group, topics: this.#places(TOPIC, 'nope') })
    for (const version of [0, 1]) await this.leave('leave unknown', version, group, { memberId: 'x' })
    const wrong = [{ memberId: 'x' }, { memberId: '', groupInstanceId: 'i' }, { memberId, groupInstanceId: 'ii' }]
    await this.leave('leave unknown', 5, group, ...wrong)
    for (const version of [1, 5]) {
      await this.leave('leave unknown group', version, 'none', { memberId: 'x' })
      await this.leave('leave no name', version, '', { memberId: 'x' })
    }
    await this.leave('leave', 5, group, { memberId, reason: 'bye' })
    await this.describe(6, [group])
    await this.list('list', 5)
    await this.ask('delete', ApiKey.DeleteGroups, 2, { groupsNames: [group] })
  }

  async staticMembers(): Promise<void> {
    const group = 's'
    const instance = { groupInstanceId: 'i1' }
    const first = await this.join('join static', 9, group, instance)
    await this.sync('sync static', 5, group, first, instance)
    const second = await this.join('join static again', 9, group, instance)
    await this.sync('sync static', 5, group, second, { ...instance, assignments: [] })
    await this.join('join static again', 8, group, instance)
    await this.heartbeat('heartbeat fenced', 4, group, first, instance)
    await this.sync('sync fenced', 5, group, first, instance)
    await this.join('join fenced', 9, group, { ...instance, memberId: first.memberId })
    await this.describe(6, [group])
    await this.leave('leave by instance', 5, group, { memberId: '', ...instance })
    await this.ask('delete', ApiKey.DeleteGroups, 1, { groupsNames: [group] })
  }
}
