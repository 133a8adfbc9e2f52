/**
 * What clients of a cluster saw, and whether it keeps the promises of acks=all with idempotent producers and of committed
 * offsets. Pure: the clients fill it, `violations` judges it.
 */

export interface Acknowledged {
  readonly producer: string
  readonly sequence: number
  readonly partition: number
  readonly offset: number
  readonly atMs: number
}

export interface Stored {
  readonly partition: number
  readonly offset: number
  readonly producer: string
  readonly sequence: number
}

export interface Delivered extends Stored {
  readonly consumer: string
}

export interface CommitSeen {
  readonly group: string
  readonly partition: number
  readonly offset: number
}

export interface History {
  readonly acknowledged: readonly Acknowledged[]
  /** How many records each producer sent, acknowledged or not: its sequences are those below. */
  readonly sent: ReadonlyMap<string, number>
  /** The whole topic at the end, each partition in the order of its offsets. */
  readonly stored: readonly Stored[]
  /** What members of a group were given, in the order in which each got it. */
  readonly delivered: readonly Delivered[]
  /** Committed offsets as they were seen from outside, in the order of time. */
  readonly commits: readonly CommitSeen[]
}

/** How many sentences of one kind are worth reading. */
const ENOUGH = 5

/** One sentence for each broken promise, a few of each kind; empty where all are kept. */
export function violations(history: History): string[] {
  const checks = [
    lost(history),
    doubled(history),
    disordered(history),
    invented(history),
    misplaced(history),
    deliveredWrong(history),
    undelivered(history),
    commitsGoneBack(history),
  ]
  return checks.flatMap((found) =>
    found.length > ENOUGH ? [...found.slice(0, ENOUGH), `… and ${found.length - ENOUGH} like that`] : found,
  )
}

const recordName = (producer: string, sequence: number): string => `${producer}:${sequence}`
const placeName = (partition: number, offset: number): string => `partition ${partition} offset ${offset}`

function lost({ acknowledged, stored }: History): string[] {
  const there = new Set(stored.map((each) => recordName(each.producer, each.sequence)))
  return acknowledged
    .filter((each) => !there.has(recordName(each.producer, each.sequence)))
    .map(
      (each) =>
        `lost: ${recordName(each.producer, each.sequence)}, acknowledged at ${placeName(each.partition, each.offset)}`,
    )
}

function doubled({ stored }: History): string[] {
  const first = new Map<string, Stored>()
  return stored.flatMap((each) => {
    const name = recordName(each.producer, each.sequence)
    const before = first.get(name)
    if (before === undefined) {
      first.set(name, each)
      return []
    }
    const places = `${placeName(before.partition, before.offset)} and ${placeName(each.partition, each.offset)}`
    return [`stored twice: ${name} at ${places}`]
  })
}

function disordered({ stored }: History): string[] {
  const last = new Map<string, Stored>()
  return stored.flatMap((each) => {
    const key = `${each.producer}/${each.partition}`
    const before = last.get(key)
    last.set(key, each)
    if (before === undefined || (before.sequence < each.sequence && before.offset < each.offset)) return []
    const names = `${recordName(each.producer, each.sequence)} after ${recordName(before.producer, before.sequence)}`
    return [`out of order: ${names} in partition ${each.partition}`]
  })
}

function invented({ stored, sent }: History): string[] {
  return stored
    .filter((each) => !(each.sequence < (sent.get(each.producer) ?? 0)))
    .map(
      (each) => `never sent: ${recordName(each.producer, each.sequence)} at ${placeName(each.partition, each.offset)}`,
    )
}

function misplaced({ acknowledged, stored }: History): string[] {
  const at = new Map(stored.map((each) => [placeName(each.partition, each.offset), each]))
  return acknowledged.flatMap((each) => {
    const found = at.get(placeName(each.partition, each.offset))
    if (found === undefined || (found.producer === each.producer && found.sequence === each.sequence)) return []
    const names = `${recordName(found.producer, found.sequence)} instead of ${recordName(each.producer, each.sequence)}`
    return [`another record: ${names} at ${placeName(each.partition, each.offset)}`]
  })
}

/** A consumer was given a record that is not the one at its place, so one that was taken back later. */
function deliveredWrong({ delivered, stored }: History): string[] {
  const at = new Map(stored.map((each) => [placeName(each.partition, each.offset), each]))
  return delivered.flatMap((each) => {
    const found = at.get(placeName(each.partition, each.offset))
    if (found?.producer === each.producer && found.sequence === each.sequence) return []
    const now = found === undefined ? 'nothing' : recordName(found.producer, found.sequence)
    const name = recordName(each.producer, each.sequence)
    return [
      `taken back: ${each.consumer} got ${name} at ${placeName(each.partition, each.offset)}, where now is ${now}`,
    ]
  })
}

/** Nothing that was acknowledged may be skipped by the group up to the last offset that it got. */
function undelivered({ delivered, stored }: History): string[] {
  if (delivered.length === 0) return []
  const got = new Set(delivered.map((each) => placeName(each.partition, each.offset)))
  const furthest = new Map<number, number>()
  for (const { partition, offset } of delivered) furthest.set(partition, Math.max(furthest.get(partition) ?? 0, offset))
  return stored
    .filter((each) => each.offset <= (furthest.get(each.partition) ?? -1))
    .filter((each) => !got.has(placeName(each.partition, each.offset)))
    .map((each) => `skipped by the group: ${placeName(each.partition, each.offset)}`)
}

function commitsGoneBack({ commits }: History): string[] {
  const last = new Map<string, number>()
  return commits.flatMap(({ group, partition, offset }) => {
    const key = `${group}/${partition}`
    const before = last.get(key) ?? -1
    last.set(key, Math.max(before, offset))
    return offset >= before
      ? []
      : [`commit gone back: group ${group} partition ${partition}, ${offset} after ${before}`]
  })
}

/** The longest time in which no record was acknowledged, between the first and the last one. */
export function longestGapMs(acknowledged: readonly { readonly atMs: number }[]): number {
  const times = acknowledged.map(({ atMs }) => atMs).sort((a, b) => a - b)
  let longest = 0
  for (let i = 1; i < times.length; i += 1) longest = Math.max(longest, (times[i] ?? 0) - (times[i - 1] ?? 0))
  return longest
}
