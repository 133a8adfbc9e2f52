import { create, createFileRegistry, type FileRegistry } from '@bufbuild/protobuf'
import { type FileDescriptorProto, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { InvalidSchema } from '../schema-type.ts'
import type { ProtoFile, ProtoMessage } from './ast.ts'
import { fromDescriptor } from './from-descriptor.ts'
import { parseProto } from './parse.ts'
import { Symbols } from './symbols.ts'
import { toDescriptor } from './to-descriptor.ts'
import { DESCRIBED, WRITTEN } from './well-known.ts'

const MAX_FILES = 1000

/** A file and all that it imports, each after what it imports itself; names resolved over all of them. */
export class ProtoFiles {
  readonly root: ProtoFile
  readonly symbols = new Symbols()
  readonly #files = new Map<string, ProtoFile>()
  readonly #find: (path: string) => ProtoFile | undefined
  /** Imports that nobody registered: they may be for options alone, which Confluent's registry takes without them. */
  readonly #missing = new Set<string>()
  #registry: FileRegistry | undefined
  #descriptor: FileDescriptorProto | undefined
  #own: ReadonlySet<ProtoMessage> | undefined

  /** `find` gives a referenced file by the path that it is imported by. */
  constructor(root: ProtoFile, find: (path: string) => ProtoFile | undefined) {
    this.root = root
    this.#find = find
    for (const { path } of root.imports) this.#import(path, [])
    for (const [path, file] of [...this.#files, [ROOT, root] as const]) {
      const twice = this.symbols.add(file)
      if (twice !== undefined)
        throw new InvalidSchema(`"${twice}" is already defined${path === ROOT ? '' : ` (${path})`}`)
    }
  }

  /** Whether the root declares the message, and not a file that it imports. */
  isOwn(message: ProtoMessage): boolean {
    this.#own ??= new Set(this.root.messages.flatMap(withNested))
    return this.#own.has(message)
  }

  #import(path: string, from: readonly string[]): void {
    if (this.#files.has(path)) return
    if (from.includes(path)) throw new InvalidSchema(`Files import each other: ${[...from, path].join(' -> ')}`)
    if (this.#files.size >= MAX_FILES) throw new InvalidSchema(`More than ${MAX_FILES} files are imported`)
    const file = this.#find(path) ?? wellKnown(path)
    if (!file) {
      this.#missing.add(path)
      return
    }
    for (const one of file.imports) this.#import(one.path, [...from, path])
    this.#files.set(path, file)
  }

  /** Everything that the files declare, for reading and writing messages. */
  get registry(): FileRegistry {
    if (this.#registry) return this.#registry
    const descriptors = [...this.#files].map(([path, file]) => {
      return DESCRIBED.get(path)?.proto ?? toDescriptor(file, path, this.symbols, this.#missing)
    })
    const plain = toDescriptor(this.root, ROOT, this.symbols, this.#missing)
    const first = createFileRegistry(create(FileDescriptorSetSchema, { file: [...descriptors, plain] }))
    this.#descriptor = toDescriptor(this.root, ROOT, this.symbols, this.#missing, first)
    this.#registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [...descriptors, this.#descriptor] }))
    return this.#registry
  }

  get descriptor(): FileDescriptorProto {
    const { registry } = this
    if (!this.#descriptor) throw new InvalidSchema(`No descriptor among ${registry.kind}`)
    return this.#descriptor
  }
}

/** What the root is called in descriptors; a text has no path. */
export const ROOT = 'default'

const parsed = new Map<string, ProtoFile>()

function wellKnown(path: string): ProtoFile | undefined {
  const known = parsed.get(path)
  if (known) return known
  const described = DESCRIBED.get(path)
  const text = WRITTEN.get(path)
  const file = described ? fromDescriptor(described.proto, createFileRegistry()) : text && parseProto(text)
  if (!file) return undefined
  parsed.set(path, file)
  return file
}

function withNested(message: ProtoMessage): ProtoMessage[] {
  return [message, ...message.messages.flatMap(withNested)]
}
