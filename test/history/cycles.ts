import type { Anomaly } from './anomaly.ts'
import { components, shortestCycle } from './graph.ts'
import type { Model, Transaction } from './model.ts'
import { transactionName } from './writes.ts'

/** `ww`: wrote before; `wr`: was read by; `process`: was over before, with the same transactional id. */
type Edge = 'ww' | 'wr' | 'process'

class Dependencies {
  readonly #edges = new Map<number, Map<number, Set<Edge>>>()
  readonly #next = new Map<number, number[]>()

  add(from: number, to: number, edge: Edge): void {
    if (from === to) return
    const edges = this.#edges.get(from) ?? new Map<number, Set<Edge>>()
    this.#edges.set(from, edges)
    const kinds = edges.get(to)
    if (kinds !== undefined) kinds.add(edge)
    else {
      edges.set(to, new Set([edge]))
      this.#next.set(from, [...edges.keys()])
    }
  }

  next(node: number): readonly number[] {
    return this.#next.get(node) ?? []
  }

  edge(from: number, to: number): Edge {
    const kinds = this.#edges.get(from)?.get(to)
    return kinds?.has('ww') ? 'ww' : kinds?.has('wr') ? 'wr' : 'process'
  }
}

/**
 * Transactions that depend on each other in a circle. Kafka lets those of several producers interleave, so between
 * transactional ids only information that flows (`wr`) makes a dependency; those of one id come one after the other.
 */
export function* cycles(model: Model): Generator<Anomaly> {
  const graph = new Dependencies()
  writesOfEach(model, graph)
  readsOfEach(model, graph)
  orderOfEach(model, graph)
  for (const component of components(model.transactions.length, (node) => graph.next(node))) {
    const cycle = shortestCycle(component, (node) => graph.next(node))
    const edges = cycle.map((node, at) => graph.edge(node, cycle[(at + 1) % cycle.length] ?? node))
    const base = edges.includes('wr') ? 'G1c' : 'G0'
    yield {
      name: edges.includes('process') ? `${base}-process` : base,
      text: cycle.map((node, at) => `${named(model, node)} -${edges[at]}->`).join(' '),
    }
  }
}

function named({ transactions }: Model, node: number): string {
  const transaction = transactions[node]
  return transaction === undefined ? String(node) : transactionName(transaction)
}

/** How many groups of transactions wrote in one order here and in another there: Kafka does not isolate writes. */
export function interleavedWrites(model: Model): number {
  const graph = new Dependencies()
  for (const writers of writersByPlace(model).values()) {
    for (const [at, writer] of writers.entries()) {
      const before = writers[at - 1]
      if (before !== undefined) graph.add(before.index, writer.index, 'ww')
    }
  }
  return components(model.transactions.length, (node) => graph.next(node)).length
}

/** Committed transactions in the order of what they wrote. */
function writersByPlace(model: Model): Map<string, Transaction[]> {
  const found = new Map<string, Transaction[]>()
  for (const at of model.places) {
    const records = [...(model.final('read_committed', at) ?? [])].sort(([a], [b]) => a - b)
    const writers = records.map(([, value]) => model.writers.get(value)?.transaction)
    found.set(at, writers.filter((writer) => writer?.of.transactionalId !== undefined) as Transaction[])
  }
  return found
}

function writesOfEach(model: Model, graph: Dependencies): void {
  for (const writers of writersByPlace(model).values()) {
    const last = new Map<string, number>()
    for (const { index, of } of writers) {
      const id = of.transactionalId ?? ''
      const before = last.get(id)
      if (before !== undefined) graph.add(before, index, 'ww')
      last.set(id, index)
    }
  }
}

function readsOfEach(model: Model, graph: Dependencies): void {
  const takers = new Map<string, number>()
  for (const transaction of model.transactions) {
    if (!model.isCommitted(transaction)) continue
    for (const { group, at, to } of transaction.of.moves) takers.set(`${group} ${at} ${to}`, transaction.index)
  }
  for (const transaction of model.transactions) {
    if (!model.isCommitted(transaction)) continue
    for (const { records } of transaction.of.polls) {
      for (const [, value] of records) {
        const writer = model.writers.get(value)?.transaction
        if (writer?.of.transactionalId !== undefined) graph.add(writer.index, transaction.index, 'wr')
      }
    }
    for (const { group, at, from } of transaction.of.moves) {
      const before = takers.get(`${group} ${at} ${from}`)
      if (before !== undefined) graph.add(before, transaction.index, 'wr')
    }
  }
}

function orderOfEach(model: Model, graph: Dependencies): void {
  const last = new Map<string, Transaction>()
  for (const transaction of model.transactions) {
    const id = transaction.of.transactionalId
    if (id === undefined || !model.isCommitted(transaction)) continue
    const before = last.get(id)
    if (before !== undefined && before.endedMs < transaction.invokedMs) {
      graph.add(before.index, transaction.index, 'process')
    }
    last.set(id, transaction)
  }
}
