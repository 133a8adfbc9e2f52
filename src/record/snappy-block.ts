import {
  above,
  add,
  below,
  bitAnd,
  bitOr,
  type Code,
  choose,
  either,
  equal,
  giveBack,
  isZero,
  type Local,
  load8,
  load32,
  loopWhile,
  shiftLeft,
  shiftRight,
  subtract,
  type WasmFunction,
  wasmFunction,
  when,
} from '../base/wasm.ts'
import { copyBack, copyIn } from './block-copies.ts'

const NEAR = 1
/** The only kind whose distance has not as many bytes as it says: it has 4. */
const FARTHEST = 3
const BAD = 0
/** Literals of more than 60 bytes have their length in the next bytes. */
const LONGEST_IN_TAG = 60

function refuseUnless(left: Code, wanted: Local): Code {
  return when(below(left, wanted), [giveBack(BAD)])
}

/** Lengths are one less than they are; -1 in 4 bytes makes none, which is refused as too long. */
function literals({ at, to, length, width }: Readonly<Record<'at' | 'to' | 'length' | 'width', Local>>): Code {
  return when(above(length, LONGEST_IN_TAG), [
    width.set(subtract(length, LONGEST_IN_TAG)),
    refuseUnless(subtract(to, at), width),
    length.set(load32(at)),
    when(below(width, 4), [length.set(bitAnd(length, subtract(shiftLeft(1, shiftLeft(width, 3)), 1)))]),
    length.set(add(length, 1)),
    when(isZero(length), [giveBack(BAD)]),
    at.set(add(at, width)),
  ])
}

/**
 * Decodes the raw snappy block without its length at [at, to) to `start`; gives 1 where what came out ends exactly at `limit`,
 * else 0. Matches reach back to `start` at most.
 */
export const snappyDecoder: WasmFunction = wasmFunction(
  ['at', 'to', 'start', 'limit'],
  ['out', 'tag', 'kind', 'length', 'distance', 'width', 'stop'],
  ({ at, to, start, limit, out, tag, kind, length, distance, width, stop }) => [
    out.set(start),
    loopWhile(below(at, to), [
      tag.set(load8(at)),
      at.set(add(at, 1)),
      kind.set(bitAnd(tag, 3)),
      length.set(add(shiftRight(tag, 2), 1)),
      when(
        isZero(kind),
        [
          literals({ at, to, length, width }),
          when(either(above(length, subtract(to, at)), above(length, subtract(limit, out))), [giveBack(BAD)]),
          ...copyIn(out, at, length),
          out.set(add(out, length)),
          at.set(add(at, length)),
        ],
        [
          // Kinds take turns as they like: guessing them wrong would cost more than working out both.
          width.set(add(kind, equal(kind, FARTHEST))),
          refuseUnless(subtract(to, at), width),
          length.set(choose(equal(kind, NEAR), add(bitAnd(shiftRight(tag, 2), 7), 4), length)),
          distance.set(bitAnd(load32(at), shiftRight(-1, shiftLeft(subtract(4, width), 3)))),
          distance.set(bitOr(distance, choose(equal(kind, NEAR), shiftLeft(shiftRight(tag, 5), 8), 0))),
          at.set(add(at, width)),
          when(
            bitOr(either(isZero(distance), above(distance, subtract(out, start))), above(length, subtract(limit, out))),
            [giveBack(BAD)],
          ),
          stop.set(add(out, length)),
          ...copyBack(out, distance, stop, width),
          out.set(stop),
        ],
      ),
    ]),
    giveBack(equal(out, limit)),
  ],
)
