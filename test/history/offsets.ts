import type { Anomaly } from './anomaly.ts'
import type { Committed, Ended, Move, Place } from './event.ts'
import type { Model, Operation, Transaction } from './model.ts'
import { transactionName } from './writes.ts'

interface Moved extends Move {
  readonly transaction: Transaction
}

/** A group's committed transactions take up its input without gap and without overlap. */
export function* wrongProcessing(model: Model): Generator<Anomaly> {
  for (const [key, moves] of movesByGroup(model)) {
    const committed = moves.filter(({ transaction }) => model.isCommitted(transaction)).sort((a, b) => a.from - b.from)
    const possible = moves.filter(({ transaction }) => model.mayBeCommitted(transaction))
    const mayBeTaken = (offset: number) => possible.some(({ from, to }) => from <= offset && offset < to)
    let end = 0
    let last: Moved | undefined
    for (const move of committed) {
      const name = `${transactionName(move.transaction)} took ${key} from ${move.from} to ${move.to}`
      if (move.from < end && last !== undefined) {
        yield { name: 'duplicate-processing', text: `${name}, ${transactionName(last.transaction)} up to ${last.to}` }
      }
      const left = inputs(model, move.at).find(([offset]) => offset >= end && offset < move.from && !mayBeTaken(offset))
      if (left !== undefined) {
        yield { name: 'skipped-processing', text: `${name}, nobody took ${left[1]} at ${left[0]}` }
      }
      if (move.to > end) {
        end = move.to
        last = move
      }
    }
  }
}

function inputs(model: Model, at: Place): [number, string][] {
  return [...(model.final('read_committed', at) ?? [])]
}

/** What a group is told of its committed offsets comes of committed transactions, and never goes back. */
export function* wrongOffsets(model: Model): Generator<Anomaly> {
  const byGroup = movesByGroup(model)
  const readings = new Map<string, { readonly of: Operation<Committed>; readonly offset: number }[]>()
  for (const of of model.committed) {
    if (of.outcome !== 'ok') continue
    for (const [at, offset] of Object.entries(of.of.offsets)) {
      const key = `${of.of.group} ${at}`
      const all = readings.get(key) ?? []
      readings.set(key, all)
      all.push({ of, offset })
    }
  }
  for (const [key, all] of readings) {
    const moves = byGroup.get(key) ?? []
    const committed = moves.filter(({ transaction }) => model.isCommitted(transaction))
    const highest = Math.max(-1, ...committed.map(({ to }) => to))
    const isPossible = (offset: number) =>
      moves.some(({ transaction, to }) => to === offset && to > highest && model.mayBeCommitted(transaction))
    for (const { of, offset } of all) {
      yield* uncommitted(key, of, offset, moves, model)
      if (of.of.final === true && offset !== highest && !isPossible(offset)) {
        yield {
          name: 'wrong-offset',
          text: `${key} is at ${offset} at the end, its last transaction went to ${highest}`,
        }
      }
    }
    const known = [
      ...committed
        .filter(({ transaction }) => transaction.outcome === 'ok')
        .map(({ transaction, to }) => ({ endedMs: transaction.endedMs, value: to })),
      ...all.map(({ of, offset }) => ({ endedMs: of.endedMs, value: offset })),
    ]
    const asked = all.map(({ of, offset }) => ({ invokedMs: of.invokedMs, value: offset }))
    yield* goingBack('nonmonotonic-offset', key, known, asked)
  }
}

function* uncommitted(
  key: string,
  { process, endedMs }: Operation<Committed>,
  offset: number,
  moves: readonly Moved[],
  model: Model,
): Generator<Anomaly> {
  if (offset < 0) return
  const sources = moves.filter(({ to }) => to === offset).map(({ transaction }) => transaction)
  if (!sources.some((transaction) => model.isCommitted(transaction) || model.mayBeCommitted(transaction))) {
    const whose = sources[0] === undefined ? 'nobody' : transactionName(sources[0])
    yield { name: 'G1a', text: `${process} was told that ${key} is at ${offset}, where ${whose} did not commit` }
  } else if (sources.every(({ commitsMs }) => endedMs < commitsMs)) {
    yield {
      name: 'precommitted-read',
      text: `${process} was told that ${key} is at ${offset} before that was committed`,
    }
  }
}

function movesByGroup({ transactions }: Model): Map<string, Moved[]> {
  const found = new Map<string, Moved[]>()
  for (const transaction of transactions) {
    for (const move of transaction.of.moves) {
      const key = `${move.group} ${move.at}`
      const moves = found.get(key) ?? []
      found.set(key, moves)
      moves.push({ ...move, transaction })
    }
  }
  return found
}

/**
 * Where a partition ends, as ListOffsets says (KIP-207), never goes back, except to who asks a leader that was deposed and
 * does not know it: nothing in Kafka keeps that one from answering.
 */
export function* wrongEnds({ ends }: Model): Generator<Anomaly> {
  const all = new Map<string, { readonly of: Operation<Ended>; readonly end: number }[]>()
  for (const of of ends) {
    if (of.outcome !== 'ok') continue
    for (const [at, end] of Object.entries(of.of.ends)) {
      const key = `${at} for ${of.of.isolation}`
      const readings = all.get(key) ?? []
      all.set(key, readings)
      readings.push({ of, end })
    }
  }
  for (const [key, readings] of all) {
    yield* goingBack(
      'nonmonotonic-end',
      key,
      readings.map(({ of, end }) => ({ endedMs: of.endedMs, value: end, epoch: of.of.epoch })),
      readings.map(({ of, end }) => ({ invokedMs: of.invokedMs, value: end, epoch: of.of.epoch })),
    )
  }
}

/** Who asks after something was known is told no less. */
function* goingBack(
  name: Anomaly['name'],
  key: string,
  known: readonly { readonly endedMs: number; readonly value: number; readonly epoch?: number | undefined }[],
  asked: readonly { readonly invokedMs: number; readonly value: number; readonly epoch?: number | undefined }[],
): Generator<Anomaly> {
  const byEnd = known.toSorted((a, b) => a.endedMs - b.endedMs)
  let highest = -1
  let newest = -1
  let next = 0
  for (const { invokedMs, value, epoch } of asked.toSorted((a, b) => a.invokedMs - b.invokedMs)) {
    for (; (byEnd[next]?.endedMs ?? Number.POSITIVE_INFINITY) < invokedMs; next++) {
      highest = Math.max(highest, byEnd[next]?.value ?? -1)
      newest = Math.max(newest, byEnd[next]?.epoch ?? -1)
    }
    if (value < highest && (epoch ?? newest) >= newest)
      yield { name, text: `${key} was at ${highest}, and at ${invokedMs} ms somebody is told ${value}` }
  }
}
