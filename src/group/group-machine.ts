import { unreachable } from '../base/assert.ts'
import type { Decision, Machine, Token } from '../base/machine.ts'
import { ClassicGroup } from './classic-group.ts'
import { Cleanup } from './cleanup.ts'
import type { GroupCommand, GroupReply } from './commands.ts'
import { onMemberTimer, onRebalanceTimer } from './consumer/fence.ts'
import { loadConsumerGroup } from './consumer/lifecycle.ts'
import { resolveRegexes } from './consumer/regexes.ts'
import { NO_TOPICS, type TopicSource, TopicWatch } from './consumer/topics.ts'
import { type GroupContext, Outcome } from './context.ts'
import { GroupCounts } from './counts.ts'
import { dispatch } from './dispatch.ts'
import { GroupTable } from './group-table.ts'
import { OffsetStore } from './offsets.ts'
import { onInitialJoinTimer, onJoinTimer, onSessionTimer, onSyncTimer, prepareRebalance, touch } from './rebalance.ts'
import type { GroupRecord } from './records.ts'
import type { GroupSettings } from './settings.ts'
import { loadShareGroup, onShareMemberTimer } from './share/lifecycle.ts'
import { onRebalanceTimer as onStreamsRebalance, onSessionTimer as onStreamsSession } from './streams/fence.ts'
import { loadStreamsGroup } from './streams/lifecycle.ts'
import { onInitialDelay } from './streams/target.ts'
import { cancelInitialDelay } from './streams/timers.ts'
import { joinKey, syncKey, type TimerAction, Timers } from './timers.ts'

type ClassicTimer = Extract<TimerAction, { readonly kind: 'session' | 'join' | 'initialJoin' | 'sync' }>

/** What needs the log waits for so long before it is tried again. */
const REFUSED_MS = 1_000

/**
 * The groups of one partition of `__consumer_offsets`. An error of a whole request is thrown as a KafkaError, before
 * anything has changed; its caller gets it as the answer.
 */
export class GroupMachine implements Machine<GroupCommand, GroupRecord, GroupReply> {
  readonly #settings: GroupSettings
  readonly #groups = new GroupTable()
  readonly #offsets = new OffsetStore()
  readonly #timers = new Timers()
  readonly #cleanup = new Cleanup()
  readonly #topics: TopicWatch
  readonly #counts: GroupCounts
  /** The last that was heard. */
  #nowMs = 0

  constructor(settings: GroupSettings, topics: TopicSource = NO_TOPICS, counts = new GroupCounts()) {
    this.#settings = settings
    this.#topics = new TopicWatch(topics)
    this.#counts = counts
  }

  handle(command: GroupCommand, token: Token, nowMs: number): Decision<GroupRecord, GroupReply> {
    const context = this.#context(nowMs)
    if (command.type === 'topicsDeleted') {
      this.#cleanup.topicsDeleted(context, command.topics)
      context.outcome.reply(token, null)
    } else {
      dispatch(context, command, token)
    }
    return context.outcome
  }

  /** Runs one action that is due; the host calls again while `deadlineMs` has passed. */
  tick(nowMs: number): Decision<GroupRecord, GroupReply> {
    const context = this.#context(nowMs)
    const action = this.#timers.due(nowMs)
    if (action) this.#act(context, action)
    return context.outcome
  }

  /**
   * While nothing can be stored, classic groups go on as far as they need no log, as with Kafka: members join, leave and are
   * timed out; who brings an assignment is told that it was not kept. Other groups are what the log says.
   */
  whenRefused(command: GroupCommand): 'nothing' | 'without records' | undefined {
    switch (command.type) {
      case 'join':
      case 'sync':
      case 'heartbeat':
      case 'leave':
        if (this.#groups.ofKind('classic', command.groupId)) return 'without records'
        return command.type === 'join' ? 'nothing' : undefined
      case 'consumerHeartbeat':
        // A group that becomes a classic one is that before its records are.
        return this.#groups.ofKind('consumer', command.groupId)?.classicMembers ? 'nothing' : 'without records'
      case 'streamsHeartbeat':
      case 'shareHeartbeat':
      case 'commitOffsets':
      case 'deleteOffsets':
      case 'deleteGroups':
        return 'without records'
      default:
        return undefined
    }
  }

  tickRefused(nowMs: number): Decision<GroupRecord, GroupReply> {
    this.#timers.putOff(nowMs, REFUSED_MS, (action) => isOfClassic(action))
    return this.tick(nowMs)
  }

  deadlineMs(): number {
    return this.#timers.next()
  }

  /** Sessions and rebalances go on as if nothing had happened; what is looked at from time to time is looked at now. */
  clockMoved(byMs: number): void {
    this.#timers.clockMoved(byMs)
    this.#groups.clockMoved()
  }

  replay(record: GroupRecord, offset: number): void {
    switch (record.type) {
      case 'offset':
        this.#offsets.replay(record, offset)
        break
      case 'group':
        this.#groups.replayGroup(record.groupId, record.value)
        if (record.value === null) this.#forgetTimers(record.groupId)
        break
      case 'consumer':
        this.#groups.replayConsumer(record)
        break
      case 'streams':
        if (!this.#groups.replayStreams(record)) cancelInitialDelay(this.#timers, record.groupId)
        break
      case 'share':
        this.#groups.replayShare(record, this.#nowMs)
        break
      case 'transactionEnded':
        this.#offsets.replayTransactionEnd(record.producerId, record.committed)
        break
      default:
        unreachable(record)
    }
  }

  /** Everything in the log has been replayed: the groups come to life and their members' sessions begin anew. */
  loaded(nowMs: number): void {
    const context = this.#context(nowMs)
    const { live, stored, consumers, streams, shares } = this.#groups
    for (const [groupId, value] of stored) {
      const group = ClassicGroup.fromRecord(groupId, value)
      live.set(groupId, group)
      for (const member of group.members.values()) touch(context, group, member)
      if (group.members.size > this.#settings.maxSize) prepareRebalance(context, group)
    }
    for (const group of consumers.values()) loadConsumerGroup(context, group)
    for (const group of streams.values()) loadStreamsGroup(context, group)
    for (const group of shares.values()) loadShareGroup(context, group)
    for (const groupId of this.#offsets.groups()) {
      if (this.#groups.find(groupId) === undefined) this.#groups.create(groupId, nowMs)
    }
    this.#cleanup.schedule(context)
  }

  /** The replicated state, in one order: two machines that replayed the same log agree on it. */
  dump(): unknown {
    const { stored, consumers, streams, shares } = this.#groups
    return {
      groups: [...stored].sort(([a], [b]) => (a < b ? -1 : 1)),
      consumers: [...consumers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group.dump()),
      streams: [...streams].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group.dump()),
      shares: [...shares].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group.dump()),
      offsets: this.#offsets.dump(),
    }
  }

  #context(nowMs: number): GroupContext {
    this.#nowMs = nowMs
    return {
      settings: this.#settings,
      groups: this.#groups,
      offsets: this.#offsets,
      timers: this.#timers,
      topics: this.#topics,
      counts: this.#counts,
      nowMs,
      outcome: new Outcome(),
    }
  }

  #forgetTimers(groupId: string): void {
    this.#timers.cancel(joinKey(groupId))
    this.#timers.cancel(syncKey(groupId))
  }

  #act(context: GroupContext, action: TimerAction): void {
    if (action.kind === 'expiry') this.#cleanup.expiry(context)
    else if (action.kind === 'cleanup') this.#cleanup.part(context)
    else if (action.kind === 'consumerMember') onMemberTimer(context, action.groupId, action.memberId)
    else if (action.kind === 'consumerRebalance') {
      onRebalanceTimer(context, action.groupId, action.memberId, action.memberEpoch)
    } else if (action.kind === 'streamsSession') onStreamsSession(context, action.groupId, action.memberId)
    else if (action.kind === 'streamsRebalance') {
      onStreamsRebalance(context, action.groupId, action.memberId, action.memberEpoch)
    } else if (action.kind === 'shareMember') onShareMemberTimer(context, action.groupId, action.memberId)
    else if (action.kind === 'streamsInitial') onInitialDelay(context, action.groupId)
    else if (action.kind === 'regexes') {
      const consumers = this.#groups.ofKind('consumer', action.groupId)
      if (consumers) resolveRegexes(context, consumers)
    } else this.#actOnClassic(context, action)
  }

  #actOnClassic(context: GroupContext, action: ClassicTimer): void {
    const group = this.#groups.classic(action.groupId)
    if (group === undefined) return
    if (action.kind === 'session') onSessionTimer(context, group, action.memberId)
    else if (action.kind === 'join') onJoinTimer(context, group)
    else if (action.kind === 'initialJoin') onInitialJoinTimer(context, group, action)
    else onSyncTimer(context, group, action.generationId)
  }
}

function isOfClassic({ kind }: TimerAction): boolean {
  return kind === 'session' || kind === 'join' || kind === 'initialJoin' || kind === 'sync'
}
