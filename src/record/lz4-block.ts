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
  when,
} from '../base/wasm.ts'
import { type BlockLocals, blockDecoder, literals, match } from './block-decoder.ts'

const LEAST_MATCH = 4
/** A length of 15 goes on in the bytes behind its tag. */
const GOES_ON = 15
const MORE = 255
const BAD = -1

function goOn({ length, at, to, spare: more }: BlockLocals): Code {
  const readMore = [more.set(load8(at)), at.set(add(at, 1)), length.set(add(length, more))]
  return when(equal(length, GOES_ON), [more.set(MORE), loopWhile(bitAnd(equal(more, MORE), below(at, to)), readMore)])
}

/**
 * An lz4 block: gives where the bytes end that came out, -1 for bytes that are no block or would go beyond `limit`. Of up to
 * 8 MB, so that no length overflows.
 */
export const lz4Decoder = blockDecoder(
  (locals) => {
    const { at, to, out, tag, length, distance } = locals
    return [
      length.set(shiftRight(tag, 4)),
      goOn(locals),
      ...literals(locals, BAD),
      when(equal(at, to), [giveBack(out)]),
      when(below(subtract(to, at), 2), [giveBack(BAD)]),
      distance.set(load16(at)),
      at.set(add(at, 2)),
      length.set(bitAnd(tag, GOES_ON)),
      goOn(locals),
      length.set(add(length, LEAST_MATCH)),
      ...match(locals, BAD),
    ]
  },
  // A block ends with literals.
  () => BAD,
)
