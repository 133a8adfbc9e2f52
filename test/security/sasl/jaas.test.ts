import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type JaasEntry, JaasError, parseJaasConfig, parseJaasFile } from '../../../src/security/sasl/jaas.ts'

const MODULE = 'org.apache.kafka.common.security.plain.PlainLoginModule'

function shown({ module, options }: JaasEntry): [string, Record<string, string>] {
  return [module, Object.fromEntries(options)]
}

describe('sasl.jaas.config', () => {
  test('as people write it', () => {
    const text = `${MODULE} required username="admin" password='it''s' user_a-b="p;=w" user_c=plain ;`
    expect(() => parseJaasConfig(text)).toThrow(JaasError)
    expect(shown(parseJaasConfig(`${MODULE} Required\n  username="admin"\n user_a-b="p;=w"\tuser_c=plain;`))).toEqual([
      MODULE,
      { username: 'admin', 'user_a-b': 'p;=w', user_c: 'plain' },
    ])
  })

  test('comments and escapes of Java', () => {
    const text = `// who\n${MODULE} /* must */ required password="a\\"b\\\\c\\td\\101";`
    expect(shown(parseJaasConfig(text))[1]).toEqual({ password: 'a"b\\c\tdA' })
  })

  test.each([
    ['', 'Login module not specified in JAAS config'],
    [MODULE, 'Login module control flag not specified in JAAS config'],
    [`${MODULE} perhaps;`, 'Invalid login module control flag in JAAS config: write required after the login module'],
    [`${MODULE} required password="x"`, 'JAAS config entry not terminated by semi-colon'],
    [`${MODULE} required password;`, "Value not specified for key 'password' in JAAS config"],
    [`${MODULE} required password=;`, 'JAAS config lacks the value of password in line 1'],
    [`${MODULE} required password="x;`, 'JAAS config has a quote that is not closed'],
    [`${MODULE} required; ${MODULE} required;`, 'JAAS config property contains 2 login modules, should be 1 module'],
  ])('%j is refused', (text, sentence) => {
    expect(() => parseJaasConfig(text)).toThrow(new JaasError(sentence))
  })

  test('any password goes between quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (password) => {
        fc.pre(!/[\n\r]/.test(password))
        const quoted = password.replace(/[\\"]/g, (char) => `\\${char}`)
        expect(parseJaasConfig(`${MODULE} required password="${quoted}";`).options.get('password')).toBe(password)
      }),
    )
  })

  test('whatever the text: entries or an error that tells nothing of it', () => {
    const piece = fc.constantFrom(
      MODULE,
      'required',
      ';',
      '=',
      '"',
      "'",
      '{',
      '}',
      'user_x',
      '"hunter2"',
      '\n',
      '/*',
      '\\',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          parseJaasConfig(pieces.join(' '))
        } catch (error) {
          expect(error).toBeInstanceOf(JaasError)
          expect(String(error)).not.toContain('hunter2')
        }
      }),
    )
  })
})

describe('a JAAS file', () => {
  test('has sections with login modules', () => {
    const sections = parseJaasFile(`
      KafkaServer { ${MODULE} required user_a="b"; other.Module optional; };
      clients.KafkaServer { ${MODULE} required
        user_c="d";
      };
      Empty { };`)
    expect([...sections].map(([name, entries]) => [name, entries.map(shown)])).toEqual([
      [
        'KafkaServer',
        [
          [MODULE, { user_a: 'b' }],
          ['other.Module', {}],
        ],
      ],
      ['clients.KafkaServer', [[MODULE, { user_c: 'd' }]]],
      ['Empty', []],
    ])
  })

  test.each(['KafkaServer', 'KafkaServer {', `KafkaServer { ${MODULE} required }`, 'A { }; A { };', 'A { } B { };'])(
    '%j is refused',
    (text) => {
      expect(() => parseJaasFile(text)).toThrow(JaasError)
    },
  )
})
