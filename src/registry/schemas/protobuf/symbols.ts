import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage } from './ast.ts'

export type Symbol =
  | { readonly kind: 'message'; readonly node: ProtoMessage; readonly package: string }
  | { readonly kind: 'enum'; readonly node: ProtoEnum; readonly package: string }
  | { readonly kind: 'extension'; readonly package: string }

export function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('.')
}

/** The full names that files declare, and what a name in one of them means. */
export class Symbols {
  readonly #symbols = new Map<string, Symbol>()

  /** Gives the first name that is declared a second time. */
  add(file: ProtoFile): string | undefined {
    return (
      this.#types(file, file.package, file.package) ??
      this.#extensions(
        file.extends.flatMap(({ fields }) => fields),
        file.package,
        file.package,
      )
    )
  }

  get(fullName: string): Symbol | undefined {
    return this.#symbols.get(fullName)
  }

  #declare(name: string, symbol: Symbol): string | undefined {
    if (this.#symbols.has(name)) return name
    this.#symbols.set(name, symbol)
    return undefined
  }

  #types(
    scope: { readonly messages: readonly ProtoMessage[]; readonly enums: readonly ProtoEnum[] },
    prefix: string,
    of: string,
  ): string | undefined {
    for (const node of scope.enums) {
      const twice = this.#declare(joined(prefix, node.name), { kind: 'enum', node, package: of })
      if (twice) return twice
    }
    for (const node of scope.messages) {
      const twice = this.#message(node, joined(prefix, node.name), of)
      if (twice) return twice
    }
    return undefined
  }

  #message(node: ProtoMessage, name: string, of: string): string | undefined {
    const groups = [...node.fields, ...node.oneofs.flatMap(({ fields }) => fields)]
    const extensions = node.extends.flatMap(({ fields }) => fields)
    return (
      this.#declare(name, { kind: 'message', node, package: of }) ??
      this.#types(node, name, of) ??
      this.#groups([...groups, ...extensions], name, of) ??
      this.#extensions(extensions, name, of)
    )
  }

  #groups(fields: readonly ProtoField[], prefix: string, of: string): string | undefined {
    for (const { type } of fields) {
      if (type.kind !== 'group') continue
      const twice = this.#message(type.body, joined(prefix, type.body.name), of)
      if (twice) return twice
    }
    return undefined
  }

  #extensions(fields: readonly ProtoField[], prefix: string, of: string): string | undefined {
    for (const { name } of fields) {
      const twice = this.#declare(joined(prefix, name), { kind: 'extension', package: of })
      if (twice) return twice
    }
    return prefix === of && fields.length > 0 ? this.#groups(fields, prefix, of) : undefined
  }

  /** The full name that `name` means inside `scope`: the innermost one that there is. */
  resolve(name: string, scope: string): string | undefined {
    if (name.startsWith('.')) return this.#symbols.has(name.slice(1)) ? name.slice(1) : undefined
    for (let prefix = scope; ; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('.')))) {
      const full = joined(prefix, name)
      if (this.#symbols.has(full)) return full
      if (prefix === '') return undefined
    }
  }
}
