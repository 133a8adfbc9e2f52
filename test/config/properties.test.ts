import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatProperties, MalformedPropertiesError, parseProperties } from '../../src/config/properties.ts'

const parsed = (text: string) => Object.fromEntries(parseProperties(text))

describe('properties as java.util.Properties reads them', () => {
  test.each([
    ['a=b', { a: 'b' }],
    ['a:b', { a: 'b' }],
    ['a b', { a: 'b' }],
    ['a = b = c', { a: 'b = c' }],
    ['  a\t:\f b  ', { a: 'b  ' }],
    ['a', { a: '' }],
    ['a=', { a: '' }],
    ['=b', { '': 'b' }],
    ['# c\n! d\n\n  # e\na=1', { a: '1' }],
    ['a=1\\\n   2\\\r\n\t3', { a: '123' }],
    ['a=1\\\n#2', { a: '1#2' }],
    ['a=1\\\\\nb=2', { a: '1\\', b: '2' }],
    ['a=1\\', { a: '1' }],
    ['\\\n# b\na=1', { a: '1' }],
    ['\\\n\\\n\n  ! b\\\na=1', { a: '1' }],
    ['a=1\n\\\n', { a: '1' }],
    ['a=1\n\\', { a: '1' }],
    ['a\\ b\\=c=d', { 'a b=c': 'd' }],
    ['a=\\t\\n\\r\\f\\q\\u00e9\\u4E2D', { a: '\t\n\r\fqé中' }],
    ['a=1\na=2', { a: '2' }],
    ['a=1\rb=2\r\nc=3', { a: '1', b: '2', c: '3' }],
    ['listeners=PLAINTEXT://:9092,\\\n  CONTROLLER://:9093', { listeners: 'PLAINTEXT://:9092,CONTROLLER://:9093' }],
  ])('%j', (text, expected) => {
    expect(parsed(text)).toEqual(expected)
  })

  test('a broken unicode escape is refused with its line', () => {
    expect(() => parseProperties('a=1\nb=\\u12x4')).toThrow(MalformedPropertiesError)
    expect(() => parseProperties('a=1\nb=\\u12x4')).toThrow(/line 2/)
  })

  test('what is written is read back', () => {
    const entry = fc.tuple(fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 12 }))
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        const properties = new Map(entries)
        expect(parseProperties(formatProperties(properties, ['written']))).toEqual(properties)
      }),
    )
  })

  test('any text is read or refused', () => {
    const alphabet = fc.constantFrom('a', '=', ':', ' ', '\t', '\\', '\n', '\r', '#', '!', 'u', '0', 'é')
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 60 }), (text) => {
        try {
          parseProperties(text)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedPropertiesError)
        }
      }),
    )
  })
})
