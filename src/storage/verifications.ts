import { LazyMap } from '../base/lazy-collections.ts'
import type { Verification } from './types.ts'

export interface VerificationState {
  readonly startedMs: number
  readonly guard: Verification
  /** The client bumps its epoch with every transaction (KIP-890's second part). */
  readonly bumpsEpoch: boolean
  epoch: number
  /** Of the batches that came while the answer was waited for: the one that must be appended first. */
  lowestSequence: number
}

/** Producers whose next transaction on this log is being verified, or was and has no batch yet. */
export class Verifications {
  readonly #states = new LazyMap<number, VerificationState>()

  find(producerId: number): VerificationState | undefined {
    return this.#states.get(producerId)
  }

  start(producerId: number, sequence: number, epoch: number, bumpsEpoch: boolean, nowMs: number): Verification {
    let state = this.#states.get(producerId)
    if (state === undefined) {
      state = { startedMs: nowMs, guard: { producerId }, bumpsEpoch, epoch, lowestSequence: sequence }
      this.#states.set(producerId, state)
    } else if (epoch > state.epoch) {
      state.epoch = epoch
      state.lowestSequence = sequence
    } else if (epoch === state.epoch && sequence < state.lowestSequence) {
      state.lowestSequence = sequence
    }
    return state.guard
  }

  /** A transactional batch of the producer was appended; the marker may find that the next transaction waits already. */
  appended(producerId: number, epoch: number, isMarker: boolean): void {
    const state = this.#states.get(producerId)
    if (state === undefined || (isMarker && state.bumpsEpoch && state.epoch === epoch)) return
    this.#states.delete(producerId)
  }

  removeExpired(nowMs: number, expirationMs: number): void {
    for (const [id, { startedMs }] of this.#states) if (nowMs - startedMs >= expirationMs) this.#states.delete(id)
  }

  clear(): void {
    this.#states.clear()
  }
}
