import type { FieldType, OptionValue, ProtoExtend, ProtoField, ProtoFile, ProtoMessage, ProtoOption } from './ast.ts'
import { SCALARS } from './ast.ts'
import { decimal } from './naming.ts'
import { joined, type Symbols } from './symbols.ts'

/** The file with all names written in full, so that files that mean the same print alike. */
export function resolvedFile(file: ProtoFile, symbols: Symbols): ProtoFile {
  const full = (name: string, scope: string): string => {
    if (SCALARS.has(name)) return name
    const found = symbols.resolve(name, scope)
    return found === undefined ? name : `.${found}`
  }
  const optionsIn = (options: readonly ProtoOption[], scope: string): ProtoOption[] =>
    folded(
      options.map(({ name, value }) => ({
        name: name.map((part) =>
          part.extension ? { ...part, name: full(part.name, scope).replace(/^\./, '') } : part,
        ),
        value,
      })),
    )
  const typeIn = (type: FieldType, scope: string): FieldType => {
    if (type.kind === 'named') return { ...type, name: full(type.name, scope) }
    if (type.kind === 'map') return { ...type, value: full(type.value, scope) }
    return { ...type, body: messageIn(type.body, scope) }
  }
  const fieldsIn = (fields: readonly ProtoField[], scope: string): ProtoField[] =>
    fields.map((field) => ({
      ...field,
      type: typeIn(field.type, scope),
      options: optionsIn(field.options, scope),
      label: field.type.kind === 'map' ? undefined : field.label,
    }))
  const extendsIn = (list: readonly ProtoExtend[], scope: string): ProtoExtend[] =>
    list.map(({ type, fields }) => ({ type: full(type, scope), fields: fieldsIn(fields, scope) }))
  const enumsIn = (list: ProtoFile['enums'], scope: string): ProtoFile['enums'] =>
    list.map((one) => ({
      ...one,
      options: optionsIn(one.options, scope),
      values: one.values.map((value) => ({ ...value, options: optionsIn(value.options, scope) })),
    }))
  const messageIn = (message: ProtoMessage, prefix: string): ProtoMessage => {
    const scope = joined(prefix, message.name)
    return {
      ...message,
      fields: fieldsIn(message.fields, scope),
      oneofs: message.oneofs.map((oneof) => ({
        ...oneof,
        fields: fieldsIn(oneof.fields, scope),
        options: optionsIn(oneof.options, scope),
      })),
      messages: message.messages.map((one) => messageIn(one, scope)),
      enums: enumsIn(message.enums, scope),
      extends: extendsIn(message.extends, scope),
      options: optionsIn(message.options, scope),
    }
  }
  const scope = file.package
  return {
    ...file,
    options: optionsIn(file.options, scope),
    messages: file.messages.map((one) => messageIn(one, scope)),
    enums: enumsIn(file.enums, scope),
    extends: extendsIn(file.extends, scope),
    services: file.services.map((service) => ({
      ...service,
      options: optionsIn(service.options, scope),
      methods: service.methods.map((method) => ({
        ...method,
        input: full(method.input, scope),
        output: full(method.output, scope),
        options: optionsIn(method.options, scope),
      })),
    })),
  }
}

interface Assignment {
  /** Of the fields that lead to the one that is set. */
  readonly path: readonly string[]
  readonly value: OptionValue
}

/** `a.b = 1` and `a.c = 2` say what `a = { b: 1 c: 2 }` says; numbers in other bases are decimal. */
export function folded(options: readonly ProtoOption[]): ProtoOption[] {
  const groups = new Map<string, { readonly first: ProtoOption['name'][number]; readonly all: Assignment[] }>()
  for (const { name, value } of options) {
    const [first, ...rest] = name
    if (!first) continue
    const key = `${first.extension} ${first.name}`
    const group = groups.get(key) ?? { first, all: [] }
    groups.set(key, group)
    const path = rest.map((part) => (part.extension ? `[${part.name}]` : part.name))
    group.all.push({ path, value: decimals(value) })
  }
  return [...groups.values()].flatMap(({ first, all }) =>
    // Whose fields are named one by one is there once; others may be a list that is written item by item.
    (isWhole(all) ? all.map(({ value }) => value) : [combined(all)]).map((value) => ({ name: [first], value })),
  )
}

const isWhole = (all: readonly Assignment[]): boolean => all.every(({ path }) => path.length === 0)

function combined(all: readonly Assignment[]): OptionValue {
  if (isWhole(all)) return listed(all.map(({ value }) => value))
  const byKey = new Map<string, Assignment[]>()
  const add = (key: string, assignment: Assignment): void => {
    const known = byKey.get(key)
    if (known) known.push(assignment)
    else byKey.set(key, [assignment])
  }
  for (const { path, value } of all) {
    const [key, ...rest] = path
    if (key !== undefined) add(key, { path: rest, value })
    else if (value.kind === 'map') for (const [name, item] of value.entries) add(name, { path: [], value: item })
  }
  return { kind: 'map', entries: [...byKey].map(([key, assignments]) => [key, combined(assignments)]) }
}

/** Each value once. */
function listed(values: readonly OptionValue[]): OptionValue {
  const items = values.flatMap((value) => (value.kind === 'list' ? value.items : [value]))
  const distinct = [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
  const [only] = values
  return values.length === 1 && only ? only : { kind: 'list', items: distinct }
}

function decimals(value: OptionValue): OptionValue {
  if (value.kind === 'number') return { ...value, text: decimal(value.text) }
  if (value.kind === 'list') return { kind: 'list', items: value.items.map(decimals) }
  if (value.kind !== 'map') return value
  return { kind: 'map', entries: value.entries.map(([key, item]) => [key, decimals(item)] as const) }
}
