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

/** `a.b = 1` and `a.c = 2` say what `a = { b: 1 c: 2 }` says; numbers in other bases are decimal. */
function folded(options: readonly ProtoOption[]): ProtoOption[] {
  const merged = new Map<string, ProtoOption>()
  const result: ProtoOption[] = []
  for (const { name, value } of options) {
    const [first, ...rest] = name
    if (!first) continue
    const inner = rest.reduceRight<OptionValue>(
      (nested, part) => ({ kind: 'map', entries: [[part.extension ? `[${part.name}]` : part.name, nested]] }),
      spread(value),
    )
    const before = merged.get(first.name)
    if (before?.value.kind === 'map' && inner.kind === 'map' && rest.length > 0) {
      const entries = [...before.value.entries, ...inner.entries]
      const both: ProtoOption = { name: [first], value: { kind: 'map', entries } }
      result[result.indexOf(before)] = both
      merged.set(first.name, both)
      continue
    }
    const one: ProtoOption = { name: [first], value: inner }
    if (rest.length > 0) merged.set(first.name, one)
    result.push(one)
  }
  return result
}

/** A list in a map says the same as its name once for each item. */
function spread(value: OptionValue): OptionValue {
  if (value.kind === 'number') return { ...value, text: decimal(value.text) }
  if (value.kind === 'list') return { kind: 'list', items: value.items.map(spread) }
  if (value.kind !== 'map') return value
  const entries = value.entries.flatMap(([key, item]): (readonly [string, OptionValue])[] => {
    const one = spread(item)
    return one.kind === 'list' ? one.items.map((each) => [key, each] as const) : [[key, one]]
  })
  return { kind: 'map', entries }
}
