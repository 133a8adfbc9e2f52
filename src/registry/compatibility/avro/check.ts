import type { AvroField, AvroType, EnumType, FixedType, NamedType, RecordType } from '../../schemas/avro/types.ts'
import { byCodeUnit } from '../../schemas/json-tree.ts'

export type AvroProblemType =
  | 'NAME_MISMATCH'
  | 'FIXED_SIZE_MISMATCH'
  | 'MISSING_ENUM_SYMBOLS'
  | 'READER_FIELD_MISSING_DEFAULT_VALUE'
  | 'TYPE_MISMATCH'
  | 'MISSING_UNION_BRANCH'

export interface AvroProblem {
  readonly type: AvroProblemType
  readonly message: string
  /** A JSON pointer into the reader's schema. */
  readonly location: string
}

/** Where types are used over and over, the problems of one are told at every use; this many are enough for anybody. */
const MAX_PROBLEMS = 500
const PROMOTED: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  bytes: ['string'],
  string: ['bytes'],
}

/** Pairs of types that one comparison looks at; unions of hundreds of records against each other need that many. */
const MAX_PAIRS = 250_000

export class TooComplex extends Error {
  override readonly name = 'TooComplex'
}

/** A reader's field that two of the writer's fields could fill. */
export class AmbiguousField extends Error {
  override readonly name = 'AmbiguousField'
}

type Path = readonly string[]
type Verdict = readonly AvroProblem[]

/** Avro's rules of schema resolution: what keeps data of `writer` from being read by `reader`. */
export function avroProblems(reader: AvroType, writer: AvroType): Verdict {
  return new Check().pair(reader, writer, [])
}

class Check {
  /** What is known of pairs of types; a pair under way counts as fitting, which ends recursion. */
  readonly #known = new Map<AvroType, Map<AvroType, Verdict>>()
  readonly #fieldsOf = new Map<RecordType, ReadonlyMap<string, AvroField>>()
  #pairs = 0

  pair(reader: AvroType, writer: AvroType, path: Path): Verdict {
    const known = this.#known.get(reader) ?? new Map<AvroType, Verdict>()
    this.#known.set(reader, known)
    const before = known.get(writer)
    if (before) return before
    this.#pairs += 1
    if (this.#pairs > MAX_PAIRS) throw new TooComplex('The schemas are too complex to compare')
    known.set(writer, [])
    const verdict = this.#compare(reader, writer, path)
    known.set(writer, verdict)
    return verdict
  }

  #compare(reader: AvroType, writer: AvroType, path: Path): Verdict {
    if (reader.kind === 'union' && writer.kind === 'union') return this.#unions(reader, writer.branches, path)
    if (writer.kind === 'union') {
      return merged(writer.branches, (branch, at) => this.pair(reader, branch, [...path, String(at)]))
    }
    if (reader.kind === 'union') {
      const read = reader.branches.some((branch) => this.pair(branch, writer, []).length === 0)
      return read ? [] : [missingBranch(writer, path)]
    }
    if (reader.kind === 'array' && writer.kind === 'array') {
      return this.pair(reader.items, writer.items, [...path, 'items'])
    }
    if (reader.kind === 'map' && writer.kind === 'map') {
      return this.pair(reader.values, writer.values, [...path, 'values'])
    }
    if (reader.kind === 'record' && writer.kind === 'record') {
      return capped([...sameName(reader, writer, path), ...this.#fields(reader, writer, path)])
    }
    if (reader.kind === 'enum' && writer.kind === 'enum') {
      return [...sameName(reader, writer, path), ...symbols(reader, writer, path)]
    }
    if (reader.kind === 'fixed' && writer.kind === 'fixed') {
      return [...sameName(reader, writer, path), ...sameSize(reader, writer, path)]
    }
    if (reader.kind === writer.kind || PROMOTED[reader.kind]?.includes(writer.kind)) return []
    const kinds = [reader.kind.toUpperCase(), writer.kind.toUpperCase()]
    const message = `reader type: ${kinds[0]} not compatible with writer type: ${kinds[1]}`
    return [problem('TYPE_MISMATCH', message, path)]
  }

  /** Each branch that the writer may have chosen must be read by some branch of the reader. */
  #unions(reader: AvroType, branches: readonly AvroType[], path: Path): Verdict {
    return merged(branches, (branch, at) =>
      this.pair(reader, branch, []).length === 0 ? [] : [missingBranch(branch, [...path, String(at)])],
    )
  }

  #fields(reader: RecordType, writer: RecordType, path: Path): Verdict {
    return merged(reader.fields, (field, at) => {
      const place = [...path, 'fields', String(at)]
      const source = this.#writerField(writer, field)
      if (source) return this.pair(field.type, source.type, [...place, 'type'])
      if (field.defaultValue !== undefined) return []
      if (field.type.kind === 'enum' && field.type.defaultSymbol !== undefined) {
        return this.pair(field.type, writer, [...place, 'type'])
      }
      return [problem('READER_FIELD_MISSING_DEFAULT_VALUE', field.name, place)]
    })
  }

  #writerField(writer: RecordType, field: AvroField): AvroField | undefined {
    const fields = this.#fieldsOf.get(writer) ?? new Map(writer.fields.map((each) => [each.name, each]))
    this.#fieldsOf.set(writer, fields)
    const found = [field.name, ...field.aliases].flatMap((name) => fields.get(name) ?? [])
    if (found.length > 1) {
      throw new AmbiguousField(
        `Reader record field ${field.name} matches multiple fields in writer record schema ${writer.name.full}`,
      )
    }
    return found[0]
  }
}

function sameName(reader: NamedType, writer: NamedType, path: Path): Verdict {
  if (reader.name.simple === writer.name.simple) return []
  if (reader.aliases.some((alias) => alias.full === writer.name.full)) return []
  return [problem('NAME_MISMATCH', `expected: ${writer.name.full}`, [...path, 'name'])]
}

function sameSize(reader: FixedType, writer: FixedType, path: Path): Verdict {
  if (reader.size === writer.size) return []
  return [problem('FIXED_SIZE_MISMATCH', `expected: ${writer.size}, found: ${reader.size}`, [...path, 'size'])]
}

function symbols(reader: EnumType, writer: EnumType, path: Path): Verdict {
  const own = new Set(reader.symbols)
  const missing = writer.symbols.filter((symbol) => !own.has(symbol)).sort(byCodeUnit)
  if (missing.length === 0 || reader.defaultSymbol !== undefined) return []
  return [problem('MISSING_ENUM_SYMBOLS', `[${missing.join(', ')}]`, [...path, 'symbols'])]
}

function missingBranch(writer: AvroType, path: Path): AvroProblem {
  return problem('MISSING_UNION_BRANCH', `reader union lacking writer type: ${writer.kind.toUpperCase()}`, path)
}

function problem(type: AvroProblemType, message: string, path: Path): AvroProblem {
  const steps = path.map((step) => step.replaceAll('~', '~0').replaceAll('/', '~1'))
  return { type, message, location: `/${steps.join('/')}` }
}

function merged<T>(items: readonly T[], verdict: (item: T, at: number) => Verdict): Verdict {
  const all: AvroProblem[] = []
  for (const [at, item] of items.entries()) {
    all.push(...verdict(item, at))
    if (all.length >= MAX_PROBLEMS) break
  }
  return capped(all)
}

function capped(problems: Verdict): Verdict {
  return problems.length > MAX_PROBLEMS ? problems.slice(0, MAX_PROBLEMS) : problems
}
