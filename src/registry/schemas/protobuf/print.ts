import {
  type FieldType,
  MAX_FIELD_NUMBER,
  type OptionValue,
  type ProtoEnum,
  type ProtoExtend,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoMethod,
  type ProtoOption,
  type ProtoRange,
  type ProtoService,
  type Reserved,
} from './ast.ts'

export interface PrintStyle {
  /** One form for all files that say the same: numbers in order, imports sorted. Type names come resolved. */
  readonly normal: boolean
  readonly ignoreExtensions: boolean
}

/** A file's text as Confluent stores it: messages, then enums; no comments. */
export function printProto(file: ProtoFile, style: PrintStyle = { normal: false, ignoreExtensions: false }): string {
  return new Printer(style).file(file)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
}

function quoted(text: string): string {
  return `"${[...text].map((character) => ESCAPES[character] ?? character).join('')}"`
}

/** Empty lines too, as Confluent's text has it: a schema's GUID is made of each byte. */
function indented(lines: string): string {
  return lines.replace(/^(?=[\s\S])/gm, '  ')
}

class Printer {
  readonly #style: PrintStyle

  constructor(style: PrintStyle) {
    this.#style = style
  }

  #sorted<T>(items: readonly T[], key: (item: T) => number | string): readonly T[] {
    if (!this.#style.normal) return items
    return [...items].sort((a, b) => {
      const [x, y] = [key(a), key(b)]
      return x < y ? -1 : x > y ? 1 : 0
    })
  }

  file(file: ProtoFile): string {
    const { normal, ignoreExtensions } = this.#style
    let head = ''
    if (file.edition !== undefined) head += `edition = "${file.edition}";\n`
    else if (file.syntax && !(normal && file.syntax === 'proto2')) head += `syntax = "${file.syntax}";\n`
    if (file.package !== '') head += `package ${file.package};\n`
    const options = this.#statements(file.options)
    const types = [...file.messages.map((item) => this.#message(item)), ...file.enums.map((item) => this.#enum(item))]
    const extensions = ignoreExtensions ? [] : this.#extends(file.extends)
    const services = file.services.map((item) => this.#service(item))
    return [[head], this.#imports(file), options, types, extensions, services]
      .filter((section) => section.length > 0)
      .map((section) => section.join(''))
      .join('\n')
  }

  #imports({ imports }: ProtoFile): string[] {
    const lines = (publicly: boolean): string[] => {
      const chosen = this.#sorted(
        imports.filter(({ kind }) => (kind === 'public') === publicly),
        ({ path }) => path,
      ).map(({ path, kind }) => `import ${kind === 'plain' ? '' : `${kind} `}${quoted(path)};\n`)
      return this.#style.normal ? [...new Set(chosen)] : chosen
    }
    return [...lines(false), ...lines(true)]
  }

  #statements(options: readonly ProtoOption[]): string[] {
    return this.#options(options).map((option) => `option ${option};\n`)
  }

  #options(options: readonly ProtoOption[]): string[] {
    const kept = options.filter(({ name }) => !this.#style.ignoreExtensions || !name.some(({ extension }) => extension))
    return this.#sorted(kept, ({ name }) => path(name)).map((option) => this.#option(option))
  }

  #option({ name, value }: ProtoOption): string {
    const written = name.map((part) => (part.extension ? `(${part.name})` : part.name))
    return `${written.join('.')} = ${this.#value(value)}`
  }

  #value(value: OptionValue): string {
    switch (value.kind) {
      case 'string':
        return quoted(value.text)
      case 'number':
      case 'word':
        return value.text
      case 'list':
        if (this.#style.normal && value.items.length === 1 && value.items[0]) return this.#value(value.items[0])
        return bracketed(
          '[',
          value.items.map((item) => this.#value(item)),
          ']',
        )
      case 'map': {
        const known = oncePerKey(value.entries)
        const meant = this.#style.normal ? known.filter(([, item]) => !isEmptyList(item)) : known
        const entries = this.#sorted(meant, ([key]) => key)
        return bracketed(
          '{',
          entries.map(([key, item]) => `${key}: ${this.#value(item)}`),
          '}',
        )
      }
    }
  }

  #inline(options: readonly ProtoOption[]): string {
    const printed = this.#options(options)
    if (printed.length === 0) return ''
    return printed.length === 1 ? ` [${printed[0]}]` : ` ${bracketed('[', printed, ']')}`
  }

  #message(message: ProtoMessage): string {
    return `message ${message.name} ${this.#body(message)}\n`
  }

  #body(message: ProtoMessage): string {
    const isGroup = ({ type }: ProtoField): boolean => type.kind === 'group'
    const print = (field: ProtoField): string => this.#field(field)
    const { ignoreExtensions } = this.#style
    const sections = [
      this.#reserved(message.reserved),
      this.#statements(message.options),
      this.#byNumber(message.fields.filter((field) => !isGroup(field))).map(print),
      this.#oneofs(message),
      this.#byNumber(message.fields.filter(isGroup)).map(print),
      ignoreExtensions ? [] : this.#extensions(message),
      ignoreExtensions ? [] : this.#extends(message.extends),
      [...message.messages.map((item) => this.#message(item)), ...message.enums.map((item) => this.#enum(item))],
    ].filter((section) => section.length > 0)
    if (sections.length === 0) return '{}'
    return `{\n${sections.map((section) => indented(section.join(''))).join('\n')}}`
  }

  #byNumber(fields: readonly ProtoField[]): readonly ProtoField[] {
    return this.#sorted(fields, ({ number }) => number)
  }

  #oneofs(message: ProtoMessage): string[] {
    const least = (fields: readonly ProtoField[]): number => Math.min(...fields.map(({ number }) => number))
    const filled = this.#style.normal ? message.oneofs.filter(({ fields }) => fields.length > 0) : message.oneofs
    return this.#sorted(filled, ({ fields }) => least(fields)).map(({ name, fields, options }) => {
      const printed = this.#byNumber(fields).map((field) => this.#field(field))
      const parts = [this.#statements(options), printed].filter((part) => part.length > 0)
      return `oneof ${name} {\n${parts.map((part) => indented(part.join(''))).join('\n')}}\n`
    })
  }

  #field(field: ProtoField): string {
    const label = field.label && !(this.#style.normal && field.type.kind === 'map') ? `${field.label} ` : ''
    const options = this.#inline(specialLast(field.options))
    if (field.type.kind === 'group') {
      const { body } = field.type
      return `${label}group ${body.name} = ${field.number}${options} ${this.#body(body)}\n`
    }
    return `${label}${typeText(field.type)} ${field.name} = ${field.number}${options};\n`
  }

  #reserved(all: readonly Reserved[]): string[] {
    if (!this.#style.normal) {
      return all.map(({ ranges, names }) => {
        return `reserved ${[...ranges.map(rangeText), ...names.map(quoted)].join(', ')};\n`
      })
    }
    const ranges = this.#sorted(
      all.flatMap((item) => item.ranges),
      ({ start }) => start,
    ).map(rangeText)
    const names = this.#sorted(
      all.flatMap((item) => item.names),
      (name) => name,
    ).map(quoted)
    return [...ranges, ...names].map((item) => `reserved ${item};\n`)
  }

  #extensions({ extensions }: ProtoMessage): string[] {
    if (!this.#style.normal) {
      return extensions.map(({ ranges, options }) => {
        return `extensions ${ranges.map(rangeText).join(', ')}${this.#inline(options)};\n`
      })
    }
    const single = extensions.flatMap(({ ranges, options }) => ranges.map((range) => ({ range, options })))
    return this.#sorted(single, ({ range }) => range.start).map(({ range, options }) => {
      return `extensions ${rangeText(range)}${this.#inline(options)};\n`
    })
  }

  #extends(all: readonly ProtoExtend[]): string[] {
    const groups = new Map<string, ProtoField[]>()
    if (this.#style.normal)
      for (const { type, fields } of all) groups.set(type, [...(groups.get(type) ?? []), ...fields])
    const list = this.#style.normal ? [...groups].map(([type, fields]) => ({ type, fields })) : all
    return list.map(({ type, fields }) => {
      return `extend ${type} {\n${indented(
        this.#byNumber(fields)
          .map((field) => this.#field(field))
          .join(''),
      )}}\n`
    })
  }

  #enum({ name, values, reserved, options }: ProtoEnum): string {
    const sorted = this.#sorted(
      this.#sorted(values, (value) => value.name),
      ({ number }) => number,
    )
    const lines = [
      ...this.#reserved(reserved),
      ...this.#statements(options),
      ...sorted.map((value) => `${value.name} = ${value.number}${this.#inline(value.options)};\n`),
    ]
    return `enum ${name} {\n${indented(lines.join(''))}}\n`
  }

  #service({ name, methods, options }: ProtoService): string {
    const sections = [this.#statements(options), methods.map((method) => this.#method(method))]
    const printed = sections.filter((section) => section.length > 0).map((section) => indented(section.join('')))
    return printed.length === 0 ? `service ${name} {}\n` : `service ${name} {\n${printed.join('\n')}}\n`
  }

  #method(method: ProtoMethod): string {
    const parameter = (streams: boolean, type: string): string => `(${streams ? 'stream ' : ''}${type})`
    const input = parameter(method.streamsInput, method.input)
    const output = parameter(method.streamsOutput, method.output)
    const options = this.#statements(method.options)
    const body = options.length === 0 ? '' : ` {\n${indented(options.join(''))}}`
    return `rpc ${method.name} ${input} returns ${output}${body};\n`
  }
}

function typeText(type: Exclude<FieldType, { kind: 'group' }>): string {
  return type.kind === 'map' ? `map<${type.key}, ${type.value}>` : type.name
}

function rangeText({ start, end }: ProtoRange): string {
  if (start === end) return String(start)
  return `${start} to ${end >= MAX_FIELD_NUMBER ? 'max' : end}`
}

const path = (name: ProtoOption['name']): string => name.map((part) => part.name).join('.')

/** What the language itself knows of follows the options. */
function specialLast(options: readonly ProtoOption[]): readonly ProtoOption[] {
  const is = (word: string) => (option: ProtoOption) => path(option.name) === word && !option.name[0]?.extension
  const others = options.filter((option) => !is('default')(option) && !is('json_name')(option))
  return [...others, ...options.filter(is('default')), ...options.filter(is('json_name'))]
}

type MapEntry = Extract<OptionValue, { kind: 'map' }>['entries'][number]

/** A field that is set more than once is a list. */
function oncePerKey(entries: readonly MapEntry[]): readonly MapEntry[] {
  const byKey = Map.groupBy(entries, ([key]) => key)
  if (byKey.size === entries.length) return entries
  return [...byKey].map(([key, [first, ...more]]): MapEntry => {
    if (first && more.length === 0) return first
    const values = (byKey.get(key) ?? []).map(([, value]) => value)
    return [key, { kind: 'list', items: values.flatMap((value) => (value.kind === 'list' ? value.items : [value])) }]
  })
}

const isEmptyList = (value: OptionValue): boolean => value.kind === 'list' && value.items.length === 0

function bracketed(open: string, items: readonly string[], close: string): string {
  if (items.length === 0) return `${open}\n${close}`
  return `${open}\n${indented(`${items.join(',\n')}\n`)}${close}`
}
