import { RE2JS, RE2JSSyntaxException } from 're2js'
import { KafkaError } from '../../base/errors.ts'
import type { GroupContext } from '../context.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, regexOf } from './member.ts'
import { epochRecord, type ResolvedRegex, regexRecord, regexTombstone } from './records.ts'
import { subscriptionsWith, topicNames } from './subscriptions.ts'
import { regexKey } from './timers.ts'

/** Not more often than this, whatever happens. */
const MIN_REFRESH_MS = 10_000
const NO_TOPICS: ReadonlySet<string> = new Set()

export interface RegexChange {
  readonly changed: boolean
  /** What the new subscription stands for is known, so that the target may be computed at once. */
  readonly resolved: boolean
}

/** A member's regular expression may have changed, and those of the group may have to be looked at again. */
export function updateRegexes(
  context: GroupContext,
  group: ConsumerGroup,
  before: ConsumerMember,
  after: ConsumerMember,
): RegexChange {
  const [old, current] = [regexOf(before), regexOf(after)]
  const changed = before.topicRegex !== after.topicRegex
  let resolved = false
  let required = false
  if (changed) {
    if (old !== undefined && group.regexCounts.get(old) === 1) {
      context.outcome.records.push(regexTombstone(group.groupId, old))
    }
    if (current === undefined) {
      resolved = old !== undefined
    } else if (!group.regexCounts.has(current)) {
      checkRegex(current)
      required = true
    } else {
      resolved = group.regexes.has(current)
    }
  }
  if (required || group.regexCounts.size > 0) maybeRefresh(context, group, before, after, required)
  return { changed, resolved }
}

function maybeRefresh(
  context: GroupContext,
  group: ConsumerGroup,
  before: ConsumerMember,
  after: ConsumerMember,
  required: boolean,
): void {
  const { nowMs, timers, settings, topics } = context
  const { groupId } = group
  if (timers.has(regexKey(groupId))) return
  const last: ResolvedRegex | undefined = group.regexes.values().next().value
  const lastMs = last?.timestamp ?? Number.NEGATIVE_INFINITY
  if (nowMs <= lastMs + MIN_REFRESH_MS) return
  const { regexes } = subscriptionsWith(group, before, after)
  const due =
    required ||
    regexes.size !== group.regexes.size ||
    (last?.version ?? 0) < topics.newTopicsVersion ||
    nowMs > lastMs + settings.consumer.regexRefreshIntervalMs
  if (due && regexes.size > 0) timers.schedule(regexKey(groupId), nowMs, { kind: 'regexes', groupId })
}

/** @throws KafkaError INVALID_REGULAR_EXPRESSION */
function checkRegex(regex: string): void {
  try {
    RE2JS.compile(regex)
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    const message = `SubscribedTopicRegex \`${regex}\` is not a valid regular expression: ${error.getDescription()}.`
    throw new KafkaError('INVALID_REGULAR_EXPRESSION', message)
  }
}

/** The time has come to look at what the group's expressions stand for. Nobody waits for it: members see it later. */
export function resolveRegexes(context: GroupContext, group: ConsumerGroup): void {
  const { nowMs, outcome, topics } = context
  const { groupId } = group
  const patterns = [...group.regexCounts.keys()].map((regex) => ({ regex, pattern: RE2JS.compile(regex) }))
  const found = new Map<string, ReadonlySet<string>>()
  const names = [...topics.source.names()]
  for (const { regex, pattern } of patterns) {
    found.set(regex, new Set(names.filter((name) => pattern.matcher(name).matches())))
  }
  let bump = false
  const subscribed = topicNames(group, subscriptionsWith(group, undefined, undefined))
  for (const [regex, matching] of found) {
    const before = group.regexes.get(regex)?.topics ?? NO_TOPICS
    if (!sameNames(before, matching)) bump = true
    outcome.records.push(
      regexRecord(groupId, regex, { topics: matching, version: topics.source.version, timestamp: nowMs }),
    )
  }
  const hash = topics.groupHash(bump ? namesWith(group, found) : subscribed)
  if (!bump && hash === group.metadataHash) return
  const epoch = group.groupEpoch + 1
  outcome.records.push(epochRecord(groupId, epoch, hash))
  group.refreshed(nowMs, epoch)
}

function namesWith(group: ConsumerGroup, found: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const all = new Set(group.nameCounts.keys())
  for (const matching of found.values()) for (const name of matching) all.add(name)
  return all
}

function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name))
}
