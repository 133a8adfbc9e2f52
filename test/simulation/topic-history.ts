import { Violation } from './history.ts'

interface Known {
  /** Nobody knows while an answer is missing. */
  state: 'there' | 'gone' | 'unknown'
  /** At least so many partitions. */
  partitions: number
}

/** What administrators were told of topics that come and go. */
export class TopicHistory {
  readonly #topics = new Map<string, Known>()

  get there(): readonly string[] {
    return [...this.#topics].filter(([, { state }]) => state === 'there').map(([name]) => name)
  }

  partitionsOf(name: string): number {
    return this.#topics.get(name)?.partitions ?? 0
  }

  is(name: string, state: Known['state'], partitions = this.partitionsOf(name)): void {
    this.#topics.set(name, { state, partitions })
  }

  /** A broker that has all metadata says how many partitions each topic has. */
  check(node: number, partitionsOf: (name: string) => number | undefined): void {
    for (const [name, { state, partitions }] of this.#topics) {
      const found = partitionsOf(name)
      if (state === 'there' && (found === undefined || found < partitions)) {
        throw new Violation(`${name} was made with ${partitions} partitions, node ${node} knows of ${found ?? 'none'}`)
      }
      if (state === 'gone' && found !== undefined) throw new Violation(`${name} was deleted, node ${node} has it`)
    }
  }
}
