/**
 * Small WebAssembly modules, written down as expressions. For inner loops over bytes that cost three times as much where every read
 * is checked and no word is wider than four bytes.
 *
 *     const sum = wasmFunction(['from', 'to'], ['total'], ({ from, to, total }) => [
 *       loopWhile(below(from, to), [total.set(add(total, load8(from))), from.set(add(from, 1))]),
 *       giveBack(total),
 *     ])
 *
 * All values are i32, unsigned where it matters. A module imports its memory as `env.memory`: it can't reach anything else.
 */

/** Instructions. */
export type Code = readonly number[]
/** What leaves an i32. */
export type Value = Code | Local | number

export interface Local {
  readonly index: number
  set(value: Value): Code
}

const I32 = 0x7f
const NO_RESULT = 0x40
const END = 0x0b

function unsigned(value: number): number[] {
  const bytes: number[] = []
  let left = value
  while (left > 0x7f) {
    bytes.push((left & 0x7f) | 0x80)
    left >>>= 7
  }
  return [...bytes, left]
}

function signed(value: number): number[] {
  const bytes: number[] = []
  let left = value
  while (left < -64 || left > 63) {
    bytes.push((left & 0x7f) | 0x80)
    left >>= 7
  }
  return [...bytes, left & 0x7f]
}

function codeOf(value: Value): Code {
  if (typeof value === 'number') return [0x41, ...signed(value)]
  return 'index' in value ? [0x20, ...unsigned(value.index)] : value
}

const binary =
  (opcode: number) =>
  (a: Value, b: Value): Code => [...codeOf(a), ...codeOf(b), opcode]

export const add = binary(0x6a)
export const subtract = binary(0x6b)
export const bitAnd = binary(0x71)
export const bitOr = binary(0x72)
export const shiftLeft = binary(0x74)
export const shiftRight = binary(0x76)
export const equal = binary(0x46)
export const below = binary(0x49)
export const above = binary(0x4b)
export const isZero = (value: Value): Code => [...codeOf(value), 0x45]
/** Of two conditions; both are looked at. */
export const both = bitAnd
export const either = bitOr

const load =
  (opcode: number) =>
  (address: Value, offset = 0): Code => [...codeOf(address), opcode, 0, ...unsigned(offset)]

export const load8 = load(0x2d)
export const load16 = load(0x2f)
export const load32 = load(0x28)

export function store8(address: Value, value: Value): Code {
  return [...codeOf(address), ...codeOf(value), 0x3a, 0, 0]
}

/** Eight bytes, each at so many bytes from its address. */
export function copy8(to: Value, from: Value, offset = 0): Code {
  return [...codeOf(to), ...codeOf(from), 0x29, 0, ...unsigned(offset), 0x37, 0, ...unsigned(offset)]
}

export function copyBytes(to: Value, from: Value, length: Value): Code {
  return [...codeOf(to), ...codeOf(from), ...codeOf(length), 0xfc, 0x0a, 0, 0]
}

/** Both values are made, without a jump that would have to be guessed. */
export function choose(condition: Value, ifSo: Value, otherwise: Value): Code {
  return [...codeOf(ifSo), ...codeOf(otherwise), ...codeOf(condition), 0x1b]
}

export function when(condition: Value, then: readonly Code[], otherwise: readonly Code[] = []): Code {
  const rest = otherwise.length === 0 ? [] : [0x05, ...otherwise.flat()]
  return [...codeOf(condition), 0x04, NO_RESULT, ...then.flat(), ...rest, END]
}

export function loopWhile(condition: Value, body: readonly Code[]): Code {
  const leaveUnless = [...codeOf(condition), 0x45, 0x0d, 1]
  return [0x02, NO_RESULT, 0x03, NO_RESULT, ...leaveUnless, ...body.flat(), 0x0c, 0, END, END]
}

export function giveBack(value: Value): Code {
  return [...codeOf(value), 0x0f]
}

/** Takes and gives i32; the body must end in `giveBack`. */
export interface WasmFunction {
  readonly parameters: number
  readonly locals: number
  readonly body: Code
}

export function wasmFunction<P extends string, L extends string>(
  parameters: readonly P[],
  locals: readonly L[],
  body: (names: Readonly<Record<P | L, Local>>) => readonly Code[],
): WasmFunction {
  const names = [...parameters, ...locals].map((name, index): [string, Local] => {
    return [name, { index, set: (value) => [...codeOf(value), 0x21, ...unsigned(index)] }]
  })
  const code = body(Object.fromEntries(names) as Record<P | L, Local>).flat()
  return { parameters: parameters.length, locals: locals.length, body: code }
}

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content]
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()]
}

function text(value: string): Code {
  return list([...Buffer.from(value)].map((byte) => [byte]))
}

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
/** A body never comes to its end. */
const UNREACHABLE = 0x00

/** A module that exports the functions by their names. */
function wasmModule(functions: Readonly<Record<string, WasmFunction>>): Uint8Array<ArrayBuffer> {
  const all = Object.entries(functions)
  const types = all.map(([, { parameters }]) => [0x60, ...list(Array(parameters).fill([I32])), 1, I32])
  const memory = [...text('env'), ...text('memory'), 0x02, 0x00, 0]
  const exported = all.map(([name], index) => [...text(name), 0x00, ...unsigned(index)])
  const bodies = all.map(([, { locals, body }]) => {
    const code = [...(locals === 0 ? [0] : [1, ...unsigned(locals), I32]), ...body, UNREACHABLE, END]
    return [...unsigned(code.length), ...code]
  })
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(1, list(types)),
    ...section(2, list([memory])),
    ...section(3, list(all.map((_, index) => unsigned(index)))),
    ...section(7, list(exported)),
    ...section(10, list(bodies)),
  ])
}

export interface WasmMemory {
  /** Another one after each `grow`. */
  readonly buffer: ArrayBuffer
  grow(pages: number): void
}

/** What is used of the standard's interface: Node's types leave it out. */
interface Standard {
  readonly Memory: new (size: { readonly initial: number }) => WasmMemory
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Standard }).WebAssembly

export const PAGE_BYTES = 64 * 1024

export function wasmMemory(pages: number): WasmMemory {
  return new Memory({ initial: pages })
}

/** Code without memory: gives the functions on one. Its names and numbers of parameters are `F`'s. */
export function compileWasm<F>(functions: { readonly [N in keyof F]: WasmFunction }): (memory: WasmMemory) => F {
  const module = new Module(wasmModule(functions))
  return (memory) => new Instance(module, { env: { memory } }).exports as F
}
