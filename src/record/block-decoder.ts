import {
  above,
  add,
  below,
  bitOr,
  type Code,
  copy8,
  copyBytes,
  either,
  giveBack,
  isZero,
  type Local,
  load8,
  loopWhile,
  store8,
  subtract,
  type Value,
  type WasmFunction,
  wasmFunction,
  when,
} from '../base/wasm.ts'

/** How far copies may write, and read, beyond their end. */
export const SLACK = 16

/** What every decoder of blocks goes along with. */
export type BlockLocals = Readonly<
  Record<'at' | 'to' | 'start' | 'limit' | 'out' | 'tag' | 'length' | 'distance' | 'stop' | 'spare', Local>
>

/** Gives `length` bytes of the block out as they are: nearly always a few, for which two words are enough. */
export function literals({ at, to, limit, out, length }: BlockLocals, bad: number): readonly Code[] {
  return [
    when(either(above(length, subtract(to, at)), above(length, subtract(limit, out))), [giveBack(bad)]),
    when(above(length, SLACK), [copyBytes(out, at, length)], [copy8(out, at), copy8(out, at, 8)]),
    out.set(add(out, length)),
    at.set(add(at, length)),
  ]
}

/**
 * Gives out once more `length` bytes from `distance` back, which is at `start` at most. A distance shorter than a word repeats a
 * pattern, which is seen as several of it, longer than a word. Changes `distance`, `stop` and `spare`.
 */
export function match({ start, limit, out, length, distance, stop, spare }: BlockLocals, bad: number): readonly Code[] {
  const words = loopWhile(below(out, stop), [copy8(out, subtract(out, distance)), out.set(add(out, 8))])
  const wordEnd = spare
  const pattern = spare
  const from = spare
  return [
    when(bitOr(either(isZero(distance), above(distance, subtract(out, start))), above(length, subtract(limit, out))), [
      giveBack(bad),
    ]),
    stop.set(add(out, length)),
    when(
      below(distance, 8),
      [
        wordEnd.set(add(out, 8)),
        loopWhile(below(out, wordEnd), [store8(out, load8(subtract(out, distance))), out.set(add(out, 1))]),
        pattern.set(distance),
        loopWhile(below(distance, 8), [distance.set(add(distance, pattern))]),
        words,
      ],
      [from.set(subtract(out, distance)), copy8(out, from), copy8(out, from, 8), out.set(add(out, 2 * 8)), words],
    ),
    out.set(stop),
  ]
}

/**
 * Decodes the block at [at, to) to `start` and never beyond `limit`: `step` does what each tag says, the byte that it begins with,
 * and `end` is given when the block is over.
 */
export function blockDecoder(
  step: (locals: BlockLocals) => readonly Code[],
  end: (locals: BlockLocals) => Value,
): WasmFunction {
  return wasmFunction(
    ['at', 'to', 'start', 'limit'],
    ['out', 'tag', 'length', 'distance', 'stop', 'spare'],
    (locals) => {
      const { at, to, start, out, tag } = locals
      const readTag = [tag.set(load8(at)), at.set(add(at, 1))]
      return [out.set(start), loopWhile(below(at, to), [...readTag, ...step(locals)]), giveBack(end(locals))]
    },
  )
}
