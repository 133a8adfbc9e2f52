import fc from 'fast-check'

const NAMES = ['A', 'B', 'C']
const SPACES = [undefined, 'x', 'x.y']
const FIELDS = ['f', 'g', 'h']
const SYMBOLS = ['ONE', 'TWO', 'THREE']
const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']

type Json = unknown
type Shape =
  | { kind: 'primitive'; of: string }
  | { kind: 'array' | 'map'; of: Shape }
  | { kind: 'union'; of: readonly Shape[] }
  | { kind: 'enum'; name: string; space?: string; symbols: readonly string[]; fallback: boolean; alias?: string }
  | { kind: 'fixed'; name: string; space?: string; size: number; alias?: string }
  | { kind: 'record'; name: string; space?: string; alias?: string; fields: readonly FieldShape[] }
interface FieldShape {
  name: string
  type: Shape
  withDefault: boolean
  alias?: string
}

const name = fc.constantFrom(...NAMES)
const named = {
  name,
  space: fc.constantFrom(...SPACES),
  alias: fc.constantFrom(undefined, undefined, 'A', 'x.B', 'Z'),
}

const { shape } = fc.letrec<{ shape: Shape; field: FieldShape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({ kind: fc.constant('primitive' as const), of: fc.constantFrom(...PRIMITIVES) }),
    fc.record({
      kind: fc.constant('enum' as const),
      ...named,
      symbols: fc.subarray(SYMBOLS, { minLength: 1 }),
      fallback: fc.boolean(),
    }) as fc.Arbitrary<Shape>,
    fc.record({
      kind: fc.constant('fixed' as const),
      ...named,
      size: fc.integer({ min: 1, max: 2 }),
    }) as fc.Arbitrary<Shape>,
    fc.record({ kind: fc.constantFrom('array' as const, 'map' as const), of: tie('shape') }),
    fc.record({ kind: fc.constant('union' as const), of: fc.array(tie('shape'), { minLength: 1, maxLength: 3 }) }),
    fc.record({
      kind: fc.constant('record' as const),
      ...named,
      fields: fc.uniqueArray(tie('field'), { selector: (field) => field.name, maxLength: 3 }),
    }) as fc.Arbitrary<Shape>,
  ),
  field: fc.record({
    name: fc.constantFrom(...FIELDS),
    type: tie('shape'),
    withDefault: fc.boolean(),
    alias: fc.constantFrom(undefined, undefined, 'f', 'g', 'q'),
  }) as fc.Arbitrary<FieldShape>,
}))

class Writer {
  readonly #declared = new Set<string>()

  json(of: Shape, space: string | undefined): Json {
    switch (of.kind) {
      case 'primitive':
        return of.of
      case 'array':
        return { type: 'array', items: this.json(of.of, space) }
      case 'map':
        return { type: 'map', values: this.json(of.of, space) }
      case 'union':
        return this.#union(of.of, space)
      default:
        return this.#named(of, space)
    }
  }

  #union(shapes: readonly Shape[], space: string | undefined): Json {
    const seen = new Set<string>()
    return shapes.flatMap((branch) => {
      const tag =
        branch.kind === 'primitive'
          ? branch.of
          : 'name' in branch
            ? `${branch.space ?? space}.${branch.name}`
            : branch.kind
      if (branch.kind === 'union' || seen.has(tag)) return []
      seen.add(tag)
      return [this.json(branch, space)]
    })
  }

  /** The first of a name declares it; the others mention it. */
  #named(of: Extract<Shape, { name: string }>, space: string | undefined): Json {
    const own = of.space ?? space
    const full = own === undefined ? of.name : `${own}.${of.name}`
    if (this.#declared.has(full)) return full
    this.#declared.add(full)
    const head = { type: of.kind, name: of.name, namespace: of.space, aliases: of.alias && [of.alias] }
    if (of.kind === 'enum') return { ...head, symbols: of.symbols, default: of.fallback ? of.symbols[0] : undefined }
    if (of.kind === 'fixed') return { ...head, size: of.size }
    return {
      ...head,
      fields: of.fields.map((field) => ({
        name: field.name,
        aliases: field.alias && field.alias !== field.name ? [field.alias] : undefined,
        type: this.json(field.type, own),
        default: field.withDefault ? defaultOf(field.type) : undefined,
      })),
    }
  }
}

function defaultOf(of: Shape): Json {
  switch (of.kind) {
    case 'primitive':
      return { null: null, boolean: true, bytes: 'ÿ', string: 'text' }[of.of] ?? 1
    case 'array':
      return []
    case 'map':
      return {}
    case 'enum':
      return of.symbols[0]
    case 'fixed':
      return 'a'
    default:
      return undefined
  }
}

/** Texts of Avro schemas: few names, so that pairs of them meet often. */
export const avroText: fc.Arbitrary<string> = shape.map((of) => JSON.stringify(new Writer().json(of, undefined)))
