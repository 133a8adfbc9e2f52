import { assert } from '../base/assert.ts'
import type { MetadataRecord } from './records.ts'

/** KIP-868: records between a begin and an end count all together, or not at all after an abort. */
export class MetadataTransaction {
  #pending: MetadataRecord[] | undefined

  copy(): MetadataTransaction {
    const copy = new MetadataTransaction()
    copy.#pending = this.#pending?.slice()
    return copy
  }

  get isOpen(): boolean {
    return this.#pending !== undefined
  }

  replay(record: MetadataRecord, apply: (record: MetadataRecord) => void): void {
    switch (record.type) {
      case 'BeginTransactionRecord':
        assert(this.#pending === undefined, 'a metadata transaction begins inside another')
        this.#pending = []
        break
      case 'EndTransactionRecord':
        for (const held of this.#close()) apply(held)
        break
      case 'AbortTransactionRecord':
        this.#close()
        break
      default:
        if (this.#pending) this.#pending.push(record)
        else apply(record)
    }
  }

  #close(): MetadataRecord[] {
    assert(this.#pending !== undefined, 'a metadata transaction ends that did not begin')
    const pending = this.#pending
    this.#pending = undefined
    return pending
  }
}
