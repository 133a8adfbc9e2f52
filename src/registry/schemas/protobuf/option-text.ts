import type { DescMessage, MessageShape, Registry } from '@bufbuild/protobuf'
import { toText } from '@bufbuild/protobuf/txtpb'
import type { OptionValue, ProtoOption } from './ast.ts'
import { Cursor } from './cursor.ts'
import { parseTextEntries } from './parse-options.ts'

/** An option in Protobuf's text format, as if it were a member of its options message. */
export function optionText({ name, value }: ProtoOption, resolve: (name: string) => string): string {
  const parts = name.map((part) => (part.extension ? `[${resolve(part.name)}]` : part.name))
  const last = parts.pop() ?? ''
  return parts.reduceRight((inner, part) => `${part} { ${inner} }`, `${last}: ${valueText(value)}`)
}

function valueText(value: OptionValue): string {
  switch (value.kind) {
    case 'string':
      return JSON.stringify(value.text)
    case 'number':
    case 'word':
      return value.text
    case 'list':
      return `[${value.items.map(valueText).join(', ')}]`
    case 'map':
      return `{ ${value.entries.map(([key, item]) => `${key}: ${valueText(item)}`).join(' ')} }`
  }
}

/** The options that an options message of a descriptor says. */
export function optionsFrom<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc> | undefined,
  registry: Registry,
): ProtoOption[] {
  if (!message) return []
  const entries = parseTextEntries(new Cursor(toText(schema, message, { registry })))
  return entries.map(([key, value]) => {
    const extension = key.startsWith('[')
    return { name: [{ name: extension ? key.slice(1, -1) : key, extension }], value }
  })
}
