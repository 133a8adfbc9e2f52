import { toBinary } from '@bufbuild/protobuf'
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_struct,
  file_google_protobuf_type,
} from '@bufbuild/protobuf/wkt'
import { describe, expect, test } from 'vitest'
import { protobufReader } from '../../src/console/pages/messages/protobuf.ts'
import { messageNames, protobufEncoder } from '../../src/registry/schemas/protobuf/encoder.ts'
import { PROTOBUF } from '../../src/registry/schemas/protobuf/language.ts'
import { InvalidSchema, UnwritableData } from '../../src/registry/schemas/schema-type.ts'

const schema = (text: string) => PROTOBUF.parse(text, [])
const proto3 = (body: string) => schema(`syntax = "proto3"; package p; ${body}`)
const kinds = (before: string, after: string): string[] =>
  proto3(after)
    .backwardProblems(proto3(before))
    .map((line) => /errorType:"(\w+)"/.exec(line)?.[1] ?? line)

const RICH = `
  // Everything that a file may say.
  syntax = "proto2";
  package a.b;
  import "google/protobuf/timestamp.proto";
  import "confluent/meta.proto";
  option java_package = "com.x";
  message M {
    option (confluent.message_meta) = { doc: "d" tags: ["PII", "X"] };
    reserved 2, 15, 90 to max; reserved "old";
    required int32 x = 1 [default = 0x10, deprecated = true, json_name = "ecks"];
    optional string s = 3 [default = "q\\"\\n", (confluent.field_meta).tags = "PII"];
    repeated .a.b.M.N n = 4;
    map<string, N> mm = 5;
    oneof o { int32 a = 6; N c = 7; group G = 20 { optional int32 z = 1; } }
    optional google.protobuf.Timestamp at = 8;
    enum E { option allow_alias = true; A = 0; B = 1; C = 1; D = -5; }
    message N { optional float f = 1 [default = inf]; extensions 10 to 20; }
    extend N { optional E e = 10 [default = B]; }
  }
  service S { rpc Do (M) returns (stream M.N) { option deprecated = true; } }
`

describe('the text of a schema', () => {
  test('is laid out anew, without comments, and stays as it is then', () => {
    expect(proto3('/* x */ message A{int32 a=1;// y\nrepeated B b=2;} message B{}').canonical).toBe(
      [
        'syntax = "proto3";',
        'package p;',
        '',
        'message A {',
        '  int32 a = 1;',
        '  repeated B b = 2;',
        '}',
        'message B {}',
        '',
      ].join('\n'),
    )
    expect(
      proto3('message A { message B { int32 b = 1; enum E { Z = 0; } } oneof o { option (x) = 1; int32 a = 1; } }')
        .canonical,
    ).toBe(
      [
        'syntax = "proto3";',
        'package p;',
        '',
        'message A {',
        '  oneof o {',
        '    option (x) = 1;',
        '  ',
        '    int32 a = 1;',
        '  }',
        '',
        '  message B {',
        '    int32 b = 1;',
        '  ',
        '    enum E {',
        '      Z = 0;',
        '    }',
        '  }',
        '}',
        '',
      ].join('\n'),
    )
    const rich = schema(RICH)
    expect(schema(rich.canonical).canonical).toBe(rich.canonical)
  })

  test('normalised, order and ways of naming do not matter', () => {
    const one = proto3('message A { B b = 2; int32 a = 1; } message B {}')
    const other = proto3('message A { int32 a = 1; .p.B b = 2; } message B {}')
    expect(one.normalized()).toBe(other.normalized())
    expect(one.equivalent(other)).toBe(true)
    expect(one.canonical).not.toBe(other.canonical)
  })

  test('values of one option are gathered, whichever way they are written', () => {
    const extension = 'import "confluent/meta.proto"; message A { int32 a = 1'
    const meta = '(confluent.field_meta)'
    const whole = proto3(`${extension} [${meta} = { tags: ["z", "a"] params: [] doc: "d" }]; }`)
    const apart = proto3(`${extension} [${meta}.doc = "d", ${meta}.tags = "z", ${meta}.tags = "a"]; }`)
    expect(apart.normalized()).toBe(whole.normalized())
    expect(whole.normalized()).toContain(
      ['    doc: "d",', '    tags: [', '      "z",', '      "a"', '    ]', '  }];'].join('\n'),
    )
    const repeated = proto3(`${extension} [${meta} = { tags: "z" doc: "d" tags: "a" }]; }`)
    expect(repeated.normalized()).toBe(whole.normalized())
    const special = schema('message A { optional double d = 1 [json_name = "x", default = 9.0, deprecated = true]; }')
    expect(special.canonical).toContain('[\n    deprecated = true,\n    default = 9.0,\n    json_name = "x"\n  ]')
    expect(special.normalized()).toContain('[\n    default = 9,\n    deprecated = true,\n    json_name = "x"\n  ]')
  })

  test('may be a descriptor in base64, and is given out as one', () => {
    const rich = schema(RICH)
    const described = schema(rich.formatted('serialized'))
    expect(described.normalized()).toBe(rich.normalized())
    expect(described.canonical).toContain('message M {')
    for (const file of [file_google_protobuf_struct, file_google_protobuf_type]) {
      const base64 = Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto)).toString('base64')
      const parsed = schema(base64)
      expect(parsed.canonical).toContain('syntax = "proto3"')
      expect(schema(parsed.canonical).equivalent(parsed)).toBe(true)
    }
  })

  test('proto3 optional and editions survive', () => {
    const optional = proto3('message A { optional int32 a = 1; oneof o { int32 b = 2; } }')
    expect(schema(optional.formatted('serialized')).normalized()).toBe(optional.normalized())
    const edition = schema('edition = "2023"; message A { int32 a = 1 [features.field_presence = IMPLICIT]; }')
    expect(schema(edition.formatted('serialized')).normalized()).toBe(edition.normalized())
  })

  test('an import that nobody registered may be missing where only options need it', () => {
    const head = 'syntax = "proto3"; package p; import "google/api/annotations.proto"; import "validate.proto";'
    const rpc = 'service S { rpc Do (A) returns (A) { option (google.api.http) = { get: "/v1" }; } }'
    const parsed = schema(`${head} message A { string a = 1 [(validate.rules).string.min_len = 1]; } ${rpc}`)
    expect(parsed.canonical).toContain('import "validate.proto";')
    expect(schema(parsed.normalized()).canonical).toBe(parsed.normalized())
    expect(parsed.backwardProblems(schema(`${head} message A { string a = 1; } service S {}`))).toEqual([])
    expect(Buffer.from(protobufEncoder(parsed)('{"a":"x"}'))).toEqual(Buffer.from([0, 0x0a, 1, 0x78]))
    expect(schema(parsed.formatted('serialized')).name).toBe('p.A')
    expect(() => schema(`${head} message A { q.B b = 1; }`)).toThrow(
      'Could not resolve type "q.B" in p.A; the import "google/api/annotations.proto" is no reference',
    )
  })

  test('imports are references or well known', () => {
    const text = 'syntax = "proto3"; import "other.proto"; message A { q.Other o = 1; google.type.Money m = 2; }'
    const other = 'syntax = "proto3"; package q; import public "google/type/money.proto"; message Other {}'
    expect(PROTOBUF.parse(text, [{ name: 'other.proto', text: other }]).name).toBe('A')
    expect(() => schema(text)).toThrow('other.proto')
    const known = [
      'any',
      'api',
      'descriptor',
      'duration',
      'empty',
      'field_mask',
      'source_context',
      'struct',
      'type',
      'wrappers',
    ]
    for (const name of known) expect(schema(`import "google/protobuf/${name}.proto"; message A {}`).name).toBe('A')
  })

  test.each([
    ['nothing', ''],
    ['no grammar', 'message A { int32 = 1; }'],
    ['a type that nobody declares', 'message A { optional Nowhere n = 1; }'],
    ['a number twice', 'message A { optional int32 a = 1; optional int32 b = 1; }'],
    ['a number out of range', 'message A { optional int32 a = 19000; }'],
    ['no label in proto2', 'message A { int32 a = 1; }'],
    ['a label on a map', 'message A { repeated map<string, int32> a = 1; }'],
    ['a map in a oneof', 'message A { oneof o { map<string, int32> a = 1; } }'],
    ['a message twice', 'message A {} message A {}'],
    ['nesting without end', `${'message A {'.repeat(3000)}`],
    ['base64 of anything', Buffer.from('no descriptor at all').toString('base64')],
  ])('is refused with %s', (_, text) => {
    expect(() => schema(text)).toThrow(InvalidSchema)
  })
})

describe('compatibility', () => {
  test.each([
    ['a field may come', 'message A { int32 a = 1; }', 'message A { int32 a = 1; string b = 2; }', []],
    ['and go', 'message A { int32 a = 1; }', 'message A {}', []],
    ['and be called otherwise', 'message A { int32 a = 1; }', 'message A { int32 z = 1; }', []],
    ['numbers that are written alike', 'message A { int32 a = 1; }', 'message A { bool a = 1; }', []],
    [
      'and those that are not',
      'message A { int32 a = 1; }',
      'message A { sint32 a = 1; }',
      ['FIELD_SCALAR_KIND_CHANGED'],
    ],
    ['a scalar is no message', 'message A { int32 a = 1; }', 'message A { A a = 1; }', ['FIELD_KIND_CHANGED']],
    ['an enum is a number', 'message A { E a = 1; } enum E { X = 0; }', 'message A { int32 a = 1; }', []],
    ['a message may not go', 'message A {} message B {}', 'message A {}', ['MESSAGE_REMOVED']],
    [
      'maps by their parts',
      'message A { map<string, int32> m = 1; }',
      'message A { map<string, string> m = 1; }',
      ['FIELD_SCALAR_KIND_CHANGED'],
    ],
    [
      'another message under a number',
      'message A { B a = 1; } message B {} message C {}',
      'message A { C a = 1; } message B {} message C {}',
      ['FIELD_NAMED_TYPE_CHANGED'],
    ],
    [
      'fields that exclude each other now',
      'message A { int32 a = 1; int32 b = 2; }',
      'message A { oneof o { int32 a = 1; int32 b = 2; } }',
      ['MULTIPLE_FIELDS_MOVED_TO_ONEOF'],
    ],
    ['one field alone may', 'message A { int32 a = 1; }', 'message A { oneof o { int32 a = 1; } }', []],
    [
      'a oneof may not lose a member',
      'message A { oneof o { int32 a = 1; int32 b = 2; } }',
      'message A { oneof o { int32 a = 1; } }',
      ['ONEOF_FIELD_REMOVED'],
    ],
    [
      'a message that holds itself',
      'message A { A a = 1; int32 b = 2; }',
      'message A { A a = 1; float b = 2; }',
      ['FIELD_SCALAR_KIND_CHANGED'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(kinds(before, after)).toEqual(expected)
  })

  test('the package and required fields', () => {
    const one = schema('package a; message M { optional int32 x = 1; }')
    expect(schema('package b; message M { optional int32 x = 1; }').backwardProblems(one)).toEqual([
      `{errorType:"PACKAGE_CHANGED", description:"The package at '#/' in the new schema does not match the package in the old schema"}`,
    ])
    const more = schema('package a; message M { optional int32 x = 1; required int32 y = 2; }')
    expect(more.backwardProblems(one)[0]).toContain('REQUIRED_FIELD_ADDED')
    expect(one.backwardProblems(more)[0]).toContain('REQUIRED_FIELD_REMOVED')
  })

  test('what changed in an imported file changed', () => {
    const text = 'syntax = "proto3"; package p; import "i.proto"; message A { q.I i = 1; }'
    const with_ = (type: string) =>
      PROTOBUF.parse(text, [{ name: 'i.proto', text: `syntax = "proto3"; package q; message I { ${type} x = 1; }` }])
    expect(with_('int64').backwardProblems(with_('int32'))).toEqual([])
    expect(with_('string').backwardProblems(with_('int32')).join()).toContain('FIELD_NAMED_TYPE_CHANGED')
  })
})

describe('values', () => {
  const parsed = proto3(
    `import "google/protobuf/timestamp.proto";
    message A { int64 id = 1; message Inner { string s = 1; bytes b = 2; } Inner inner = 2; google.protobuf.Timestamp at = 3; }
    message B { repeated int32 n = 1; }`,
  )
  const read = (bytes: Uint8Array) => protobufReader(parsed.canonical, [])(Uint8Array.from(bytes))

  test('go there and back, the first message by a lone zero', () => {
    const json = '{"id":"9007199254740993","inner":{"s":"x","b":"AQI="},"at":"2020-01-01T00:00:00Z"}'
    const bytes = protobufEncoder(parsed)(json)
    expect(bytes[0]).toBe(0)
    expect(read(bytes)).toEqual({
      id: 9007199254740993n,
      inner: { s: 'x', b: Uint8Array.of(1, 2) },
      at: { seconds: 1577836800 },
    })
  })

  test('other messages are found by their indexes', () => {
    expect(messageNames(parsed)).toEqual(['p.A', 'p.A.Inner', 'p.B'])
    expect([...protobufEncoder(parsed, 'p.B')('{"n":[1]}').subarray(0, 2)]).toEqual([2, 2])
    expect(read(protobufEncoder(parsed, 'p.B')('{"n":[1]}'))).toEqual({ n: [1] })
    const nested = protobufEncoder(parsed, 'p.A.Inner')('{"s":"x"}')
    expect([...nested.subarray(0, 3)]).toEqual([4, 0, 0])
    expect(read(nested)).toEqual({ s: 'x' })
  })

  test('that do not fit are refused', () => {
    expect(() => protobufEncoder(parsed)('{"nothing":1}')).toThrow(UnwritableData)
    expect(() => read(Uint8Array.of(2, 20))).toThrow('no such message')
    expect(() => read(Uint8Array.of())).toThrow('too early')
    expect(() => protobufEncoder(parsed, 'p.C')('{}')).toThrow('no message p.C')
  })
})
