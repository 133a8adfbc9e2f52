import type { AnomalyName } from './anomaly.ts'
import type { Committed, Ended, Event, Poll, Polled, Transacted } from './event.ts'

/** What a lying broker makes of a history; undefined: there is nothing to lie about. */
export type Mutation = (events: readonly Event[], pick: <T>(from: readonly T[]) => T | undefined) => Event[] | undefined

const isDone = (event: Event): event is Exclude<Event, { type: 'invoke' | 'commits' }> =>
  event.type !== 'invoke' && event.type !== 'commits'
const polls = (events: readonly Event[], final: boolean) =>
  events.filter((event): event is Polled => isDone(event) && event.f === 'poll' && (event.final ?? false) === final)
const transactions = (events: readonly Event[], type: Transacted['type']) =>
  events.filter(
    (event): event is Transacted =>
      isDone(event) && event.f === 'transact' && event.type === type && event.sends.length > 0,
  )
const inPlace = (events: readonly Event[], old: Event, changed: Event) =>
  events.map((event) => (event === old ? changed : event))
const onePoll = (event: Polled): Poll => event.polls[0] as Poll
const withPoll = (event: Polled, poll: Partial<Poll>): Polled => ({ ...event, polls: [{ ...onePoll(event), ...poll }] })
const without = (poll: Poll, offset: number) => poll.records.filter(([at]) => at !== offset)

export const MUTATIONS: Readonly<Partial<Record<AnomalyName, Mutation>>> = {
  'lost-write': (events, pick) => {
    const victim = pick(transactions(events, 'ok'))
    const sent = victim?.sends[0]
    if (sent === undefined) return undefined
    return events.map((event) => {
      if (!isDone(event) || event.f !== 'poll' || event.polls[0]?.at !== sent.at) return event
      return withPoll(event, { records: without(onePoll(event), sent.offset ?? -1) })
    })
  },
  'torn-transaction': (events, pick) => {
    const victim = pick(transactions(events, 'ok').filter(({ sends }) => sends.length > 1))
    const sent = victim?.sends[0]
    const final = polls(events, true).find(
      (each) => each.isolation === 'read_committed' && onePoll(each).at === sent?.at,
    )
    if (victim === undefined || sent === undefined || final === undefined) return undefined
    const torn = withPoll(final, { records: without(onePoll(final), sent.offset ?? -1) })
    return inPlace(inPlace(events, final, torn), victim, { ...victim, type: 'info' })
  },
  duplicate: (events, pick) => {
    const final = pick(polls(events, true).filter((each) => onePoll(each).records.length > 0))
    if (final === undefined) return undefined
    const { records, next } = onePoll(final)
    const value = records[0]?.[1] ?? ''
    return inPlace(events, final, withPoll(final, { records: [...records, [next, value]], next: next + 1 }))
  },
  phantom: (events, pick) => {
    const poll = pick(polls(events, false))
    if (poll === undefined) return undefined
    const { next, records } = onePoll(poll)
    return inPlace(events, poll, withPoll(poll, { records: [...records, [next, 'nonsense']], next: next + 1 }))
  },
  'inconsistent-offsets': (events, pick) => {
    const poll = pick(polls(events, true).filter((each) => onePoll(each).records.length > 1))
    if (poll === undefined) return undefined
    const [first, second, ...rest] = onePoll(poll).records
    if (first === undefined || second === undefined) return undefined
    return inPlace(events, poll, withPoll(poll, { records: [[first[0], second[1]], [second[0], first[1]], ...rest] }))
  },
  G1a: (events, pick) => {
    const victim = pick(transactions(events, 'fail'))
    const sent = victim?.sends[0]
    const poll = polls(events, false).find((each) => {
      const { at, from, next } = onePoll(each)
      const offset = sent?.offset ?? -1
      return each.isolation === 'read_committed' && at === sent?.at && from <= offset && offset < next
    })
    if (poll === undefined || sent === undefined) return undefined
    const records = [...onePoll(poll).records, [sent.offset ?? 0, sent.value] as const].sort(([a], [b]) => a - b)
    return inPlace(events, poll, withPoll(poll, { records }))
  },
  'poll-skip': (events, pick) => {
    const poll = pick(polls(events, false).filter((each) => onePoll(each).records.length > 0))
    if (poll === undefined) return undefined
    return inPlace(events, poll, withPoll(poll, { records: onePoll(poll).records.slice(1) }))
  },
  'int-poll-skip': (events, pick) => {
    const poll = pick(polls(events, false).filter((each) => onePoll(each).records.length > 2))
    if (poll === undefined) return undefined
    return inPlace(events, poll, withPoll(poll, { records: onePoll(poll).records.filter((_, index) => index !== 1) }))
  },
  'int-nonmonotonic-poll': (events, pick) => {
    const poll = pick(polls(events, false).filter((each) => onePoll(each).records.length > 1))
    if (poll === undefined) return undefined
    return inPlace(events, poll, withPoll(poll, { records: [...onePoll(poll).records].reverse() }))
  },
  unseen: (events, pick) => {
    const poll = pick(polls(events, false).filter((each) => onePoll(each).records.length > 0))
    if (poll === undefined) return undefined
    const { at } = onePoll(poll)
    const last = polls(events, false).findLast((each) => each.isolation === poll.isolation && onePoll(each).at === at)
    return last === undefined || onePoll(last).records.length === 0
      ? undefined
      : inPlace(events, last, withPoll(last, { next: onePoll(last).from, records: [] }))
  },
  'hanging-transaction': (events, pick) => {
    const final = pick(
      polls(events, true).filter((each) => each.isolation === 'read_committed' && onePoll(each).next > 0),
    )
    return final === undefined ? undefined : inPlace(events, final, withPoll(final, { next: onePoll(final).next - 1 }))
  },
  'nonmonotonic-end': (events, pick) => {
    const looks = events.filter((event): event is Ended => isDone(event) && event.f === 'ends')
    const later = pick(
      looks.filter((each, index) => {
        const [at = ''] = Object.keys(each.ends)
        return looks.slice(0, index).some((one) => one.isolation === each.isolation && (one.ends[at] ?? 0) > 0)
      }),
    )
    if (later === undefined) return undefined
    return inPlace(events, later, { ...later, ends: { [Object.keys(later.ends)[0] ?? '']: 0 } })
  },
  'wrong-offset': (events) => {
    const final = events.find(
      (event): event is Committed => isDone(event) && event.f === 'committed' && event.final === true,
    )
    // Where nobody knows of the last move, the offset before it would be right as well.
    const [at] =
      Object.entries(final?.offsets ?? {}).find(([place, offset]) =>
        transactions(events, 'ok').some(({ moves }) => moves.some((move) => move.at === place && move.to === offset)),
      ) ?? []
    if (final === undefined || at === undefined) return undefined
    return inPlace(events, final, { ...final, offsets: { ...final.offsets, [at]: (final.offsets[at] ?? 0) - 1 } })
  },
  'duplicate-processing': (events, pick) => {
    const aborted = pick(
      transactions(events, 'fail').filter(({ moves }) =>
        moves.some((move) =>
          transactions(events, 'ok').some(({ moves: others }) =>
            others.some((other) => other.at === move.at && other.from < move.to && move.from < other.to),
          ),
        ),
      ),
    )
    return aborted === undefined ? undefined : inPlace(events, aborted, { ...aborted, type: 'ok' })
  },
  'precommitted-read': (events, pick) => {
    const reader = pick(transactions(events, 'ok').filter(({ polls }) => polls.length > 0))
    const sent = reader?.sends[0]
    if (reader === undefined || sent === undefined) return undefined
    const offset = sent.offset ?? 0
    const own = { at: sent.at, from: offset, next: offset + 1, records: [[offset, sent.value] as const] }
    return inPlace(events, reader, { ...reader, polls: [...reader.polls, own] })
  },
}
