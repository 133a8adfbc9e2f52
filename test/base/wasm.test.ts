import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  above,
  add,
  below,
  bitAnd,
  bitOr,
  choose,
  compileWasm,
  copy8,
  copyBytes,
  equal,
  giveBack,
  isZero,
  load8,
  load16,
  load32,
  loopWhile,
  PAGE_BYTES,
  shiftLeft,
  shiftRight,
  store8,
  subtract,
  wasmFunction,
  wasmMemory,
  when,
} from '../../src/base/wasm.ts'

const operators = {
  add: [add, (a: number, b: number) => a + b],
  subtract: [subtract, (a: number, b: number) => a - b],
  bitAnd: [bitAnd, (a: number, b: number) => a & b],
  bitOr: [bitOr, (a: number, b: number) => a | b],
  shiftLeft: [shiftLeft, (a: number, b: number) => a << b],
  shiftRight: [shiftRight, (a: number, b: number) => a >>> b],
  equal: [equal, (a: number, b: number) => Number(a === b)],
  below: [below, (a: number, b: number) => Number(a >>> 0 < b >>> 0)],
  above: [above, (a: number, b: number) => Number(a >>> 0 > b >>> 0)],
} as const

type Of<N extends string> = Readonly<Record<N, (a: number, b: number) => number>>

describe('an assembled module', () => {
  it('works out what JavaScript does', () => {
    const functions = Object.fromEntries(
      Object.entries(operators).map(([name, [code]]) => {
        return [name, wasmFunction(['a', 'b'], [], ({ a, b }) => [giveBack(code(a, b))])]
      }),
    )
    const made = compileWasm<Of<string>>(functions)(wasmMemory(1))
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        for (const [name, [, wanted]] of Object.entries(operators)) expect(made[name]?.(a, b)).toBe(wanted(a, b) | 0)
      }),
    )
  })

  it('has constants of every size', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.integer({ min: -200, max: 200 })), (value) => {
        const constant = wasmFunction(['a', 'b'], [], () => [giveBack(value)])
        expect(compileWasm<Of<'constant'>>({ constant })(wasmMemory(1)).constant(0, 0)).toBe(value)
      }),
      { numRuns: 300 },
    )
  })

  it('reads and writes its memory, low byte first, and nothing beyond it', () => {
    const functions = {
      wide: wasmFunction(['a', 'b'], [], ({ a, b }) => [copy8(b, a), copy8(b, a, 8), giveBack(load32(b, 4))]),
      bytes: wasmFunction(['a', 'b'], [], ({ a, b }) => [copyBytes(b, a, 5), store8(b, 7), giveBack(load16(b))]),
      one: wasmFunction(['a', 'b'], [], ({ a }) => [giveBack(load8(a, 200))]),
    }
    const memory = wasmMemory(1)
    const { wide, bytes, one } = compileWasm<Of<'wide' | 'bytes' | 'one'>>(functions)(memory)
    const all = Buffer.from(memory.buffer)
    for (let i = 0; i < 300; i++) all[i] = i
    expect(wide(10, 500)).toBe(0x11100f0e)
    expect(all.subarray(500, 517)).toEqual(Buffer.from([...Array.from({ length: 16 }, (_, i) => 10 + i), 0]))
    expect(bytes(20, 600)).toBe(0x1507)
    expect(all.subarray(600, 606)).toEqual(Buffer.from([7, 21, 22, 23, 24, 0]))
    expect(one(13, 0)).toBe(213)
    expect(() => one(PAGE_BYTES - 200, 0)).toThrow('out of bounds')
  })

  it('chooses, repeats and leaves early', () => {
    const collatz = wasmFunction(['n', 'most'], ['steps'], ({ n, most, steps }) => [
      loopWhile(above(n, 1), [
        when(equal(steps, most), [giveBack(-1)]),
        when(isZero(bitAnd(n, 1)), [n.set(shiftRight(n, 1))], [n.set(add(add(n, n), add(n, 1)))]),
        steps.set(add(steps, 1)),
      ]),
      giveBack(choose(below(steps, 10), steps, add(steps, 1_000))),
    ])
    const run = compileWasm<Of<'collatz'>>({ collatz })(wasmMemory(1)).collatz
    expect([run(1, 99), run(6, 99), run(27, 999), run(27, 50)]).toEqual([0, 8, 1_111, -1])
  })
})
