import {
  type EnumValue,
  type FieldType,
  type Label,
  MAX_FIELD_NUMBER,
  MAX_INT32,
  type ProtoEnum,
  type ProtoExtend,
  type ProtoField,
  type ProtoFile,
  type ProtoImport,
  type ProtoMessage,
  type ProtoMethod,
  type ProtoOneof,
  type ProtoOption,
  type ProtoRange,
  type ProtoService,
  type Reserved,
} from './ast.ts'
import { Cursor } from './cursor.ts'
import { parseOptionList, parseOptionStatement } from './parse-options.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer I)[] ? I[] : T[K] }

const LABELS: readonly Label[] = ['optional', 'required', 'repeated']

/** Reads a `.proto` text. Throws InvalidSchema with the line where it is none. */
export function parseProto(text: string): ProtoFile {
  return new Parser(text).file()
}

class Parser {
  readonly #cursor: Cursor

  constructor(text: string) {
    this.#cursor = new Cursor(text)
  }

  file(): ProtoFile {
    const cursor = this.#cursor
    const file: Mutable<ProtoFile> = { ...this.#syntax(), ...emptyFile() }
    while (cursor.token.kind !== 'end') {
      if (cursor.accept(';')) continue
      const statement = cursor.word()
      switch (statement) {
        case 'package':
          file.package = cursor.path()
          cursor.expect(';')
          break
        case 'import':
          file.imports.push(this.#import())
          break
        case 'option':
          file.options.push(parseOptionStatement(cursor))
          break
        case 'service':
          file.services.push(this.#service())
          break
        default:
          if (!this.#type(statement, file)) throw cursor.fail(`unexpected '${statement}'`)
      }
    }
    return file
  }

  #syntax(): Pick<ProtoFile, 'syntax' | 'edition'> {
    const cursor = this.#cursor
    if (!cursor.is('syntax') && !cursor.is('edition')) return { syntax: undefined, edition: undefined }
    const isEdition = cursor.word() === 'edition'
    cursor.expect('=')
    const name = cursor.string()
    cursor.expect(';')
    if (isEdition) return { syntax: undefined, edition: name }
    if (name !== 'proto2' && name !== 'proto3') throw cursor.fail(`unknown syntax "${name}"`)
    return { syntax: name, edition: undefined }
  }

  #import(): ProtoImport {
    const cursor = this.#cursor
    const kind = cursor.accept('public')
      ? 'public'
      : cursor.accept('weak')
        ? 'weak'
        : cursor.accept('option')
          ? 'option'
          : 'plain'
    const path = cursor.string()
    cursor.expect(';')
    return { path, kind }
  }

  /** What may stand in a file and in a message. Tells whether it was one of these. */
  #type(statement: string, into: { messages: ProtoMessage[]; enums: ProtoEnum[]; extends: ProtoExtend[] }): boolean {
    const cursor = this.#cursor
    if ((statement === 'export' || statement === 'local') && (cursor.is('message') || cursor.is('enum'))) {
      return this.#type(cursor.word(), into)
    }
    if (statement === 'message') into.messages.push(this.#message(cursor.word()))
    else if (statement === 'enum') into.enums.push(this.#enum())
    else if (statement === 'extend') into.extends.push(this.#extend())
    else return false
    return true
  }

  #message(name: string): ProtoMessage {
    const cursor = this.#cursor
    const message: Mutable<ProtoMessage> = { name, ...emptyMessage() }
    cursor.expect('{')
    cursor.block(() => {
      if (cursor.accept(';')) return
      const follows = cursor.peek(1)
      // A type may be called like a statement: what follows tells them apart.
      const isField = follows.kind === 'symbol' && (follows.text === '.' || follows.text === '<')
      const statement = cursor.token.kind === 'word' && !isField ? cursor.token.text : ''
      switch (statement) {
        case 'option':
          cursor.next()
          message.options.push(parseOptionStatement(cursor))
          break
        case 'oneof':
          cursor.next()
          message.oneofs.push(this.#oneof())
          break
        case 'reserved':
          cursor.next()
          message.reserved.push(this.#reserved(MAX_FIELD_NUMBER))
          break
        case 'extensions':
          cursor.next()
          message.extensions.push(this.#extensions())
          break
        case 'message':
        case 'enum':
        case 'extend':
        case 'export':
        case 'local':
          this.#type(cursor.word(), message)
          break
        default:
          message.fields.push(this.#field())
      }
    })
    return message
  }

  #field(): ProtoField {
    const cursor = this.#cursor
    const label = LABELS.find((word) => cursor.is(word) && cursor.peek(1).text !== '=')
    if (label) cursor.next()
    if (cursor.is('group') && cursor.peek(2).text === '=') return this.#group(label)
    const type = this.#fieldType()
    const name = cursor.word()
    cursor.expect('=')
    const number = cursor.integer()
    const options = parseOptionList(cursor)
    cursor.expect(';')
    return { label, type, name, number, options }
  }

  #group(label: Label | undefined): ProtoField {
    const cursor = this.#cursor
    cursor.next()
    const name = cursor.word()
    cursor.expect('=')
    const number = cursor.integer()
    const options = parseOptionList(cursor)
    return { label, type: { kind: 'group', body: this.#message(name) }, name: name.toLowerCase(), number, options }
  }

  #fieldType(): FieldType {
    const cursor = this.#cursor
    if (!cursor.is('map') || cursor.peek(1).text !== '<') return { kind: 'named', name: cursor.path() }
    cursor.next()
    cursor.expect('<')
    const key = cursor.word()
    cursor.expect(',')
    const value = cursor.path()
    cursor.expect('>')
    return { kind: 'map', key, value }
  }

  #oneof(): ProtoOneof {
    const cursor = this.#cursor
    const oneof: Mutable<ProtoOneof> = { name: cursor.word(), fields: [], options: [] }
    cursor.expect('{')
    cursor.block(() => {
      if (cursor.accept(';')) return
      if (cursor.is('option') && cursor.peek(1).text !== '.' && cursor.peek(2).text !== '=') {
        cursor.next()
        oneof.options.push(parseOptionStatement(cursor))
      } else if (cursor.is('option') && cursor.peek(2).text === '=' && cursor.peek(3).kind !== 'number') {
        cursor.next()
        oneof.options.push(parseOptionStatement(cursor))
      } else oneof.fields.push(this.#field())
    })
    return oneof
  }

  #range(max: number): ProtoRange {
    const cursor = this.#cursor
    const start = cursor.integer()
    if (!cursor.accept('to')) return { start, end: start }
    return { start, end: cursor.accept('max') ? max : cursor.integer() }
  }

  #reserved(max: number): Reserved {
    const cursor = this.#cursor
    const reserved: Mutable<Reserved> = { ranges: [], names: [] }
    cursor.list(() => {
      if (cursor.token.kind === 'string') reserved.names.push(cursor.string())
      else if (cursor.token.kind === 'word') reserved.names.push(cursor.word())
      else reserved.ranges.push(this.#range(max))
    })
    cursor.expect(';')
    return reserved
  }

  #extensions(): { ranges: ProtoRange[]; options: ProtoOption[] } {
    const ranges: ProtoRange[] = []
    this.#cursor.list(() => ranges.push(this.#range(MAX_FIELD_NUMBER)))
    const options = parseOptionList(this.#cursor)
    this.#cursor.expect(';')
    return { ranges, options }
  }

  #enum(): ProtoEnum {
    const cursor = this.#cursor
    const result: Mutable<ProtoEnum> = { name: cursor.word(), values: [], reserved: [], options: [] }
    cursor.expect('{')
    cursor.block(() => {
      if (cursor.accept(';')) return
      const isValue = cursor.peek(1).text === '='
      if (!isValue && cursor.accept('option')) result.options.push(parseOptionStatement(cursor))
      else if (!isValue && cursor.accept('reserved')) result.reserved.push(this.#reserved(MAX_INT32))
      else result.values.push(this.#enumValue())
    })
    return result
  }

  #enumValue(): EnumValue {
    const cursor = this.#cursor
    const name = cursor.word()
    cursor.expect('=')
    const number = cursor.integer()
    const options = parseOptionList(cursor)
    cursor.expect(';')
    return { name, number, options }
  }

  #extend(): ProtoExtend {
    const cursor = this.#cursor
    const extend: Mutable<ProtoExtend> = { type: cursor.path(), fields: [] }
    cursor.expect('{')
    cursor.block(() => {
      if (!cursor.accept(';')) extend.fields.push(this.#field())
    })
    return extend
  }

  #service(): ProtoService {
    const cursor = this.#cursor
    const service: Mutable<ProtoService> = { name: cursor.word(), methods: [], options: [] }
    cursor.expect('{')
    cursor.block(() => {
      if (cursor.accept(';')) return
      if (cursor.accept('option')) service.options.push(parseOptionStatement(cursor))
      else service.methods.push(this.#method())
    })
    return service
  }

  #method(): ProtoMethod {
    const cursor = this.#cursor
    cursor.expect('rpc')
    const name = cursor.word()
    const [input, streamsInput] = this.#parameter()
    cursor.expect('returns')
    const [output, streamsOutput] = this.#parameter()
    const options: ProtoOption[] = []
    if (cursor.accept('{')) {
      cursor.block(() => {
        if (cursor.accept(';')) return
        cursor.expect('option')
        options.push(parseOptionStatement(cursor))
      })
      cursor.accept(';')
    } else cursor.expect(';')
    return { name, input, output, streamsInput, streamsOutput, options }
  }

  #parameter(): readonly [type: string, streams: boolean] {
    const cursor = this.#cursor
    cursor.expect('(')
    const streams = cursor.is('stream') && cursor.peek(1).text !== ')' && cursor.peek(1).text !== '.'
    if (streams) cursor.next()
    const type = cursor.path()
    cursor.expect(')')
    return [type, streams]
  }
}

function emptyFile(): Mutable<Omit<ProtoFile, 'syntax' | 'edition'>> {
  return { package: '', imports: [], options: [], messages: [], enums: [], extends: [], services: [] }
}

function emptyMessage(): Mutable<Omit<ProtoMessage, 'name'>> {
  return { fields: [], oneofs: [], messages: [], enums: [], extends: [], extensions: [], reserved: [], options: [] }
}
