import type { OptionPart, OptionValue, ProtoOption } from './ast.ts'
import type { Cursor } from './cursor.ts'

/** `option a.(b).c = value;`, the word `option` read already. */
export function parseOptionStatement(cursor: Cursor): ProtoOption {
  const option = parseOption(cursor)
  cursor.expect(';')
  return option
}

/** `[a = 1, (b) = "c"]`, or nothing. */
export function parseOptionList(cursor: Cursor): ProtoOption[] {
  const options: ProtoOption[] = []
  if (!cursor.accept('[')) return options
  cursor.list(() => options.push(parseOption(cursor)))
  cursor.expect(']')
  return options
}

function parseOption(cursor: Cursor): ProtoOption {
  const name: OptionPart[] = []
  do {
    const extension = cursor.accept('(')
    name.push({ name: extension ? cursor.path() : cursor.word(), extension })
    if (extension) cursor.expect(')')
  } while (cursor.accept('.'))
  cursor.expect('=')
  return { name, value: parseValue(cursor) }
}

function parseValue(cursor: Cursor): OptionValue {
  if (cursor.token.kind === 'string') return { kind: 'string', text: cursor.string() }
  if (cursor.accept('{')) return parseMap(cursor, '}')
  if (cursor.accept('<')) return parseMap(cursor, '>')
  if (cursor.accept('[')) return parseItems(cursor)
  const sign = cursor.accept('-') ? '-' : ''
  if (sign === '') cursor.accept('+')
  const { kind, text } = cursor.token
  if (kind !== 'number' && kind !== 'word') throw cursor.fail(`expected a value and found '${text}'`)
  cursor.next()
  return { kind: kind === 'word' && sign === '' ? 'word' : 'number', text: `${sign}${text}` }
}

function parseItems(cursor: Cursor): OptionValue {
  const items: OptionValue[] = []
  cursor.block(() => {
    items.push(parseValue(cursor))
    if (!cursor.is(']')) cursor.expect(',')
  }, ']')
  return { kind: 'list', items }
}

/** Protobuf's text format: `name: value`, `name { … }`, separators as one likes. */
function parseMap(cursor: Cursor, close: string): OptionValue {
  const entries: Entry[] = []
  cursor.block(() => entries.push(parseEntry(cursor)), close)
  return { kind: 'map', entries }
}

type Entry = readonly [key: string, value: OptionValue]

function parseEntry(cursor: Cursor): Entry {
  const key = parseKey(cursor)
  const colon = cursor.accept(':')
  if (!colon && !cursor.is('{') && !cursor.is('<')) throw cursor.fail(`expected ':' and found '${cursor.token.text}'`)
  const value = parseValue(cursor)
  if (!cursor.accept(',')) cursor.accept(';')
  return [key, value]
}

/** A whole text in the text format. */
export function parseTextEntries(cursor: Cursor): Entry[] {
  const entries: Entry[] = []
  while (cursor.token.kind !== 'end') entries.push(parseEntry(cursor))
  return entries
}

function parseKey(cursor: Cursor): string {
  if (!cursor.accept('[')) return cursor.word()
  let key = cursor.path()
  if (cursor.accept('/')) key += `/${cursor.path()}`
  cursor.expect(']')
  return `[${key}]`
}
