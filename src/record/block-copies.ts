import {
  above,
  add,
  below,
  type Code,
  copy8,
  copyBytes,
  type Local,
  load8,
  loopWhile,
  store8,
  subtract,
  when,
} from '../base/wasm.ts'

/** How far copies may write, and read, beyond their end. */
export const SLACK = 16

/** `length` bytes from elsewhere: nearly always a few, for which two words are enough. */
export function copyIn(to: Local, from: Local, length: Local): readonly Code[] {
  return [when(above(length, SLACK), [copyBytes(to, from, length)], [copy8(to, from), copy8(to, from, 8)])]
}

/**
 * Repeats what lies `distance` bytes back until `to` is at `stop`, or writes up to SLACK bytes beyond it. A distance shorter than a
 * word repeats a pattern, which is seen as several of it, longer than a word. All but `stop` are changed.
 */
export function copyBack(to: Local, distance: Local, stop: Local, unused: Local): readonly Code[] {
  const words = loopWhile(below(to, stop), [copy8(to, subtract(to, distance)), to.set(add(to, 8))])
  const wordEnd = unused
  const pattern = unused
  const from = unused
  return [
    when(
      below(distance, 8),
      [
        wordEnd.set(add(to, 8)),
        loopWhile(below(to, wordEnd), [store8(to, load8(subtract(to, distance))), to.set(add(to, 1))]),
        pattern.set(distance),
        loopWhile(below(distance, 8), [distance.set(add(distance, pattern))]),
        words,
      ],
      [from.set(subtract(to, distance)), copy8(to, from), copy8(to, from, 8), to.set(add(to, 2 * 8)), words],
    ),
  ]
}
