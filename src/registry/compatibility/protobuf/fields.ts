import { type FieldType, type Label, type ProtoField, SCALARS } from '../../schemas/protobuf/ast.ts'
import type { InnerMessage, Side } from './diff.ts'
import type { ProtobufChange } from './difference.ts'

type Change = ProtobufChange | InnerMessage

/** Scalars of one group are written alike, so that one is read as the other. */
const GROUPS: readonly (readonly [group: string, types: readonly string[]])[] = [
  ['number', ['int32', 'int64', 'uint32', 'uint64', 'bool', 'enum']],
  ['signed', ['sint32', 'sint64']],
  ['text', ['string', 'bytes']],
  ['fixed32', ['fixed32', 'sfixed32']],
  ['fixed64', ['fixed64', 'sfixed64']],
  ['float', ['float']],
  ['double', ['double']],
]

/** What became of a field's type and label. */
export function fieldChange(original: ProtoField, update: ProtoField, before: Side, after: Side): readonly Change[] {
  return typeChange(original.type, update.type, { before, after, labels: [original.label, update.label] })
}

interface Setting {
  readonly before: Side
  readonly after: Side
  readonly labels: readonly [Label | undefined, Label | undefined]
}

type Kind = 'scalar' | 'map' | 'message'

function kindOf(type: FieldType, { files, scope }: Side): Kind {
  if (type.kind === 'map') return 'map'
  if (type.kind === 'group') return 'message'
  if (SCALARS.has(type.name)) return 'scalar'
  const full = files.symbols.resolve(type.name, scope)
  return full !== undefined && files.symbols.get(full)?.kind === 'enum' ? 'scalar' : 'message'
}

function typeChange(original: FieldType, update: FieldType, setting: Setting): readonly Change[] {
  const kind = kindOf(original, setting.before)
  if (kind !== kindOf(update, setting.after)) return ['FIELD_KIND_CHANGED']
  if (original.kind === 'map' && update.kind === 'map') {
    const part = (from: string, to: string): readonly Change[] =>
      typeChange(
        { kind: 'named', name: from },
        { kind: 'named', name: to },
        { ...setting, labels: [undefined, undefined] },
      )
    return [...part(original.key, update.key), ...part(original.value, update.value)]
  }
  if (original.kind !== 'named' || update.kind !== 'named') return []
  if (kind === 'scalar') return scalarChange(original.name, update.name, setting.labels)
  return messageChange(original.name, update.name, setting)
}

function groupOf(type: string): string {
  const name = SCALARS.has(type) ? type : 'enum'
  return GROUPS.find(([, types]) => types.includes(name))?.[0] ?? name
}

function scalarChange(original: string, update: string, [from, to]: Setting['labels']): readonly Change[] {
  const group = groupOf(original)
  if (group !== groupOf(update)) return ['FIELD_SCALAR_KIND_CHANGED']
  if (from === undefined || to === undefined || from === to) return []
  return [group === 'text' ? 'FIELD_STRING_OR_BYTES_LABEL_CHANGED' : 'FIELD_NUMERIC_LABEL_CHANGED']
}

function messageChange(original: string, update: string, { before, after }: Setting): readonly Change[] {
  const [one, other] = [found(original, before), found(update, after)]
  if (!one || !other) return original === update ? [] : ['FIELD_NAMED_TYPE_CHANGED']
  if (one.local !== other.local) return ['FIELD_NAMED_TYPE_CHANGED']
  if (one.symbol.kind !== 'message' || other.symbol.kind !== 'message') return []
  // What the files declare themselves is compared where it is declared.
  const own = before.files.isOwn(one.symbol.node) && after.files.isOwn(other.symbol.node)
  if (own || one.symbol.node === other.symbol.node) return []
  const inside = (side: Side, scope: string): Side => ({ ...side, scope })
  return [
    {
      original: one.symbol.node,
      update: other.symbol.node,
      path: one.local.split('.'),
      before: inside(before, one.full),
      after: inside(after, other.full),
    },
  ]
}

type Found = { full: string; local: string; symbol: NonNullable<ReturnType<Side['files']['symbols']['get']>> }

/** A type by its full name, and by its name within its package. */
function found(name: string, { files, scope }: Side): Found | undefined {
  const full = files.symbols.resolve(name, scope)
  const symbol = full === undefined ? undefined : files.symbols.get(full)
  if (full === undefined || !symbol) return undefined
  const prefix = `${symbol.package}.`
  return { full, symbol, local: symbol.package !== '' && full.startsWith(prefix) ? full.slice(prefix.length) : full }
}
