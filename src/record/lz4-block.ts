import {
  add,
  below,
  bitAnd,
  type Code,
  equal,
  giveBack,
  load8,
  load16,
  loopWhile,
  shiftRight,
  subtract,
  type WasmFunction,
  wasmFunction,
  when,
} from '../base/wasm.ts'
import { type BlockLocals, literals, match } from './block-copies.ts'

const LEAST_MATCH = 4
/** A length of 15 goes on in the bytes behind its token. */
const GOES_ON = 15
const MORE = 255
const BAD = -1

function goOn({ length, at, to, spare: more }: BlockLocals): Code {
  const readMore = [more.set(load8(at)), at.set(add(at, 1)), length.set(add(length, more))]
  return when(equal(length, GOES_ON), [more.set(MORE), loopWhile(bitAnd(equal(more, MORE), below(at, to)), readMore)])
}

/**
 * Decodes the lz4 block at [at, to) to `start`; gives where the bytes end that came out, -1 for bytes that are no block or would
 * go beyond `limit`. A block of up to 8 MB, so that no length overflows.
 */
export const lz4Decoder: WasmFunction = wasmFunction(
  ['at', 'to', 'start', 'limit'],
  ['out', 'length', 'distance', 'stop', 'spare', 'token'],
  ({ token, ...locals }) => {
    const { at, to, start, out, length, distance } = locals
    return [
      out.set(start),
      loopWhile(below(at, to), [
        token.set(load8(at)),
        at.set(add(at, 1)),
        length.set(shiftRight(token, 4)),
        goOn(locals),
        ...literals(locals, BAD),
        when(equal(at, to), [giveBack(out)]),
        when(below(subtract(to, at), 2), [giveBack(BAD)]),
        distance.set(load16(at)),
        at.set(add(at, 2)),
        length.set(bitAnd(token, GOES_ON)),
        goOn(locals),
        length.set(add(length, LEAST_MATCH)),
        ...match(locals, BAD),
      ]),
      // A block ends with literals.
      giveBack(BAD),
    ]
  },
)
