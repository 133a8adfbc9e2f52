import {
  above,
  add,
  below,
  bitAnd,
  bitOr,
  type Code,
  choose,
  equal,
  giveBack,
  isZero,
  type Local,
  load32,
  shiftLeft,
  shiftRight,
  subtract,
  when,
} from '../base/wasm.ts'
import { type BlockLocals, blockDecoder, literals, match } from './block-decoder.ts'

const NEAR = 1
/** The only kind whose distance has not as many bytes as it says: it has 4. */
const FARTHEST = 3
const BAD = 0
/** Literals of more than 60 bytes have their length in the next bytes. */
const LONGEST_IN_TAG = 60

/** The low `width` bytes of the word that begins here; at least one, at most four. */
function lowBytes(at: Local, width: Local): Code {
  return bitAnd(load32(at), shiftRight(-1, shiftLeft(subtract(4, width), 3)))
}

function refuseUnless({ to, at }: BlockLocals, width: Local): Code {
  return when(below(subtract(to, at), width), [giveBack(BAD)])
}

/** Lengths are one less than they are; the largest of 4 bytes becomes none, which is too long for any block. */
function longLiterals(locals: BlockLocals): Code {
  const { at, length, spare: width } = locals
  return when(above(length, LONGEST_IN_TAG), [
    width.set(subtract(length, LONGEST_IN_TAG)),
    refuseUnless(locals, width),
    length.set(add(lowBytes(at, width), 1)),
    when(isZero(length), [giveBack(BAD)]),
    at.set(add(at, width)),
  ])
}

/** Kinds take turns as they like: guessing them wrong would cost more than working out both. */
function readMatch(locals: BlockLocals, kind: Code): readonly Code[] {
  const { at, tag, length, distance, spare: width } = locals
  return [
    width.set(add(kind, equal(kind, FARTHEST))),
    refuseUnless(locals, width),
    length.set(choose(equal(kind, NEAR), add(bitAnd(shiftRight(tag, 2), 7), 4), length)),
    distance.set(bitOr(lowBytes(at, width), choose(equal(kind, NEAR), shiftLeft(shiftRight(tag, 5), 8), 0))),
    at.set(add(at, width)),
  ]
}

/** A raw snappy block without its length: gives 1 where what came out ends exactly at `limit`, else 0. */
export const snappyDecoder = blockDecoder(
  (locals) => {
    const { tag, length } = locals
    const kind = bitAnd(tag, 3)
    return [
      length.set(add(shiftRight(tag, 2), 1)),
      when(
        isZero(kind),
        [longLiterals(locals), ...literals(locals, BAD)],
        [...readMatch(locals, kind), ...match(locals, BAD)],
      ),
    ]
  },
  ({ out, limit }) => equal(out, limit),
)
