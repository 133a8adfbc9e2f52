import type { ProtoEnum, ProtoField, ProtoMessage } from '../../schemas/protobuf/ast.ts'
import type { ProtoFiles } from '../../schemas/protobuf/files.ts'
import { joined } from '../../schemas/protobuf/symbols.ts'
import { isHarmless, type ProtobufChange, type ProtobufDifference } from './difference.ts'
import { fieldChange } from './fields.ts'
import { mergedOneofs, oneofOf, type Shape, shapeOf, vanishedOneofs } from './oneofs.ts'

/** Of more differences nobody reads. */
const MAX_DIFFERENCES = 1000

interface Types {
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
}

/** One of the two schemas, and where in it the comparison stands. */
export interface Side {
  readonly files: ProtoFiles
  /** The full name of the message or package that names are resolved in. */
  readonly scope: string
}

/** All differences from `original` to `update`, by Confluent's names. */
export function protobufDifferences(original: ProtoFiles, update: ProtoFiles): ProtobufDifference[] {
  const diff = new Diff()
  const [before, after] = [original.root, update.root]
  if (before.package !== after.package) diff.add('PACKAGE_CHANGED', [])
  diff.types(before, after, [], { files: original, scope: before.package }, { files: update, scope: after.package })
  return diff.found
}

type Path = readonly string[]

class Diff {
  readonly found: ProtobufDifference[] = []
  readonly #compared = new Set<ProtoMessage>()

  add(type: ProtobufChange, path: Path): void {
    if (this.found.length < MAX_DIFFERENCES) this.found.push({ type, path: `#/${path.join('/')}` })
  }

  types(original: Types, update: Types, path: Path, before: Side, after: Side): void {
    for (const [name, at, one, other] of paired(original.messages, update.messages)) {
      const here = [...path, name]
      if (!other) this.add('MESSAGE_REMOVED', here)
      else if (!one) this.add('MESSAGE_ADDED', here)
      else {
        const inner = (side: Side): Side => ({ ...side, scope: joined(side.scope, name) })
        this.message(one, other, here, inner(before), inner(after))
        if (at[0] !== at[1]) this.add('MESSAGE_MOVED', here)
      }
    }
    for (const [name, , one, other] of paired(original.enums, update.enums)) {
      if (!other) this.add('ENUM_REMOVED', [...path, name])
      else if (!one) this.add('ENUM_ADDED', [...path, name])
      else this.#values(one, other, [...path, name])
    }
  }

  #values(original: ProtoEnum, update: ProtoEnum, path: Path): void {
    const before = new Map(original.values.map(({ name, number }) => [number, name]))
    const after = new Map(update.values.map(({ name, number }) => [number, name]))
    for (const number of new Set([...before.keys(), ...after.keys()])) {
      const here = [...path, String(number)]
      if (!after.has(number)) this.add('ENUM_CONST_REMOVED', here)
      else if (!before.has(number)) this.add('ENUM_CONST_ADDED', here)
      else if (before.get(number) !== after.get(number)) this.add('ENUM_CONST_CHANGED', here)
    }
  }

  message(original: ProtoMessage, update: ProtoMessage, path: Path, before: Side, after: Side): void {
    if (!this.#compared.has(original)) {
      // Only while it is under way: a message that holds itself ends there, another use is compared anew.
      this.#compared.add(original)
      this.#fields(shapeOf(original), shapeOf(update), path, before, after)
      this.#compared.delete(original)
    }
    this.types(original, update, path, before, after)
  }

  #fields(original: Shape, update: Shape, path: Path, before: Side, after: Side): void {
    for (const { oneof, several } of mergedOneofs(original, update)) {
      this.add(several ? 'MULTIPLE_FIELDS_MOVED_TO_ONEOF' : 'FIELD_MOVED_TO_EXISTING_ONEOF', [...path, oneof])
    }
    for (const name of [...new Set([...original.oneofs.keys(), ...update.oneofs.keys()])].sort()) {
      if (!update.oneofs.has(name)) this.add('ONEOF_REMOVED', [...path, name])
      else if (!original.oneofs.has(name)) this.add('ONEOF_ADDED', [...path, name])
    }
    const vanished = vanishedOneofs(original, update)
    for (const number of [...new Set([...original.fields.keys(), ...update.fields.keys()])].sort((a, b) => a - b)) {
      const [one, other] = [original.fields.get(number), update.fields.get(number)]
      const [from, to] = [oneofOf(original, number), oneofOf(update, number)]
      const here = (oneof: string | undefined): Path => [
        ...path,
        ...(oneof === undefined ? [] : [oneof]),
        String(number),
      ]
      if (one && !other) this.#removed(one, from, vanished, here)
      else if (other && !one) this.#added(other, to, here)
      else if (one && other) {
        if (from !== undefined && to === undefined) this.add('ONEOF_FIELD_MOVED_TO_TOP_LEVEL', here(undefined))
        this.#field(one, other, here(to), before, after)
      }
    }
  }

  #removed(
    field: ProtoField,
    oneof: string | undefined,
    vanished: ReadonlySet<string>,
    here: (oneof: string | undefined) => Path,
  ): void {
    if (oneof === undefined)
      this.add(field.label === 'required' ? 'REQUIRED_FIELD_REMOVED' : 'FIELD_REMOVED', here(undefined))
    else if (!vanished.has(oneof)) this.add('ONEOF_FIELD_REMOVED', here(oneof))
  }

  #added(field: ProtoField, oneof: string | undefined, here: (oneof: string | undefined) => Path): void {
    if (oneof !== undefined) this.add('ONEOF_FIELD_ADDED', here(oneof))
    else this.add(field.label === 'required' ? 'REQUIRED_FIELD_ADDED' : 'FIELD_ADDED', here(undefined))
  }

  #field(original: ProtoField, update: ProtoField, path: Path, before: Side, after: Side): void {
    if (original.name !== update.name) this.add('FIELD_NAME_CHANGED', path)
    for (const change of fieldChange(original, update, before, after)) {
      if (typeof change === 'string') this.add(change, path)
      else this.#inner(change, path)
    }
  }

  /** The same name, but another file's message perhaps: whoever holds it changes with it. */
  #inner(change: InnerMessage, path: Path): void {
    const inner = new Diff()
    for (const message of this.#compared) inner.#compared.add(message)
    if (inner.#compared.has(change.original)) return
    inner.message(change.original, change.update, change.path, change.before, change.after)
    for (const difference of inner.found) if (this.found.length < MAX_DIFFERENCES) this.found.push(difference)
    if (!inner.found.every(isHarmless)) this.add('FIELD_NAMED_TYPE_CHANGED', path)
  }
}

/** Messages of other files that fields of both schemas hold by the same name. */
export interface InnerMessage {
  readonly original: ProtoMessage
  readonly update: ProtoMessage
  readonly path: Path
  readonly before: Side
  readonly after: Side
}

function paired<T extends { readonly name: string }>(
  original: readonly T[],
  update: readonly T[],
): (readonly [name: string, at: readonly [number, number], original: T | undefined, update: T | undefined])[] {
  const names = new Set([...original, ...update].map(({ name }) => name))
  return [...names].map((name) => {
    const at = [original.findIndex((one) => one.name === name), update.findIndex((one) => one.name === name)] as const
    return [name, at, original[at[0]], update[at[1]]]
  })
}
