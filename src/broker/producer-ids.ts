/** A run of producer ids that nobody else gets. */
export interface ProducerIdBlock {
  readonly first: number
  readonly count: number
}

/** Ask for the next block when this part of the one in use is given out. */
const PREFETCH_AT = 0.9

/** Gives out producer ids from blocks of the controller; the next block is asked for before the last is used up. */
export class ProducerIds {
  readonly #allocate: () => Promise<ProducerIdBlock>
  #block: ProducerIdBlock = { first: 0, count: 0 }
  #used = 0
  #next: Promise<ProducerIdBlock> | undefined

  constructor(allocateBlock: () => Promise<ProducerIdBlock>) {
    this.#allocate = allocateBlock
  }

  /** Rejects with the error of the allocation; the next call asks again. */
  async next(): Promise<number> {
    while (this.#used >= this.#block.count) await this.#refill()
    const id = this.#block.first + this.#used++
    if (this.#used >= this.#block.count * PREFETCH_AT) this.#ask().catch(() => {})
    return id
  }

  #ask(): Promise<ProducerIdBlock> {
    if (this.#next !== undefined) return this.#next
    const asked = this.#allocate()
    this.#next = asked
    asked.catch(() => {
      if (this.#next === asked) this.#next = undefined
    })
    return asked
  }

  /** Of the callers that wait for a block, the first takes it. */
  async #refill(): Promise<void> {
    const asked = this.#ask()
    const block = await asked
    if (this.#next !== asked) return
    this.#next = undefined
    this.#block = block
    this.#used = 0
  }
}
