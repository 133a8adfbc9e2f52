import {
  above,
  add,
  below,
  bitAnd,
  bitOr,
  type Code,
  either,
  equal,
  giveBack,
  isZero,
  type Local,
  load8,
  load16,
  loopWhile,
  shiftRight,
  subtract,
  type WasmFunction,
  wasmFunction,
  when,
} from '../base/wasm.ts'
import { copyBack, copyIn } from './block-copies.ts'

const LEAST_MATCH = 4
/** A length of 15 goes on in the bytes behind its token. */
const GOES_ON = 15
const MORE = 255
const BAD = -1

function goOn(length: Local, at: Local, to: Local, more: Local): Code {
  const readMore = [more.set(load8(at)), at.set(add(at, 1)), length.set(add(length, more))]
  return when(equal(length, GOES_ON), [more.set(MORE), loopWhile(bitAnd(equal(more, MORE), below(at, to)), readMore)])
}

/**
 * Decodes the lz4 block at [at, to) to `start`; gives where the bytes end that came out, -1 for bytes that are no block or would
 * go beyond `limit`. Matches reach back to `start` at most. A block of up to 8 MB, so that no length overflows.
 */
export const lz4Decoder: WasmFunction = wasmFunction(
  ['at', 'to', 'start', 'limit'],
  ['out', 'token', 'length', 'more', 'distance', 'stop'],
  ({ at, to, start, limit, out, token, length, more, distance, stop }) => [
    out.set(start),
    loopWhile(below(at, to), [
      token.set(load8(at)),
      at.set(add(at, 1)),
      length.set(shiftRight(token, 4)),
      goOn(length, at, to, more),
      when(either(above(length, subtract(to, at)), above(length, subtract(limit, out))), [giveBack(BAD)]),
      ...copyIn(out, at, length),
      out.set(add(out, length)),
      at.set(add(at, length)),
      when(equal(at, to), [giveBack(out)]),
      when(below(subtract(to, at), 2), [giveBack(BAD)]),
      distance.set(load16(at)),
      at.set(add(at, 2)),
      length.set(bitAnd(token, GOES_ON)),
      goOn(length, at, to, more),
      length.set(add(length, LEAST_MATCH)),
      when(
        bitOr(either(isZero(distance), above(distance, subtract(out, start))), above(length, subtract(limit, out))),
        [giveBack(BAD)],
      ),
      stop.set(add(out, length)),
      ...copyBack(out, distance, stop, more),
      out.set(stop),
    ]),
    // A block ends with literals.
    giveBack(BAD),
  ],
)
