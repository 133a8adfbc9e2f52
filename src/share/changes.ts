import type { InFlight } from './in-flight.ts'
import type { StateBatch } from './window.ts'

/** A delivery that changes once that is stored. */
export interface ChangedState {
  readonly state: InFlight
  readonly stored: StateBatch
}

export function storedOf(state: InFlight, firstOffset: number, lastOffset: number): StateBatch {
  return { firstOffset, lastOffset, deliveryState: state.state, deliveryCount: state.deliveryCount }
}
