/** ssl.principal.mapping.rules: from the name in a certificate to the name of a user. */

export class MappingRuleError extends Error {
  override readonly name = 'MappingRuleError'
}

const RULE = String.raw`(DEFAULT)|RULE:((?:\\.|[^\\/])*)\/((?:\\.|[^\\/])*)\/([LU]?).*?|(?:.*?)`
const SPLITTER = new RegExp(String.raw`\s*(${RULE})\s*(?:,\s*|$)`, 'g')
const PARSER = new RegExp(RULE, 'y')
/** What Java's patterns have and JavaScript's have not, or mean otherwise. */
const JAVA_ONLY =
  /\\[QEAzZGhHRXvV]|&&|[*+?}]\+|\(\?>|\\p\{(?:Lower|Upper|ASCII|Alpha|Digit|Alnum|Punct|Graph|Print|Blank|Cntrl|XDigit|Space|java|Is|In)/

type Rule = (name: string) => string | undefined

export interface PrincipalMapping {
  /** Undefined: no rule fits. */
  apply(distinguishedName: string): string | undefined
}

/** @throws MappingRuleError */
export function principalMapping(text: string): PrincipalMapping {
  const rules = [...text.trim().matchAll(SPLITTER)].flatMap(([, rule = '']) => parseRule(rule))
  return {
    apply: (name) => {
      for (const rule of rules) {
        const mapped = rule(name)
        if (mapped !== undefined) return mapped
      }
      return undefined
    },
  }
}

function parseRule(text: string): Rule[] {
  PARSER.lastIndex = 0
  const match = PARSER.exec(text)
  const length = match?.[0].length ?? 0
  if (match === null || length !== text.length) {
    throw new MappingRuleError(`'${text}' is no rule from '${text.slice(length)}' on`)
  }
  const [, isDefault, pattern, replacement, letterCase] = match
  if (isDefault !== undefined) return [(name) => name]
  if (pattern === undefined || replacement === undefined) return []
  return [ruleOf(pattern, replacement, letterCase)]
}

function ruleOf(pattern: string, replacement: string, letterCase: string | undefined): Rule {
  const { source, flags } = compiled(pattern)
  const whole = new RegExp(`^(?:${source})$`, flags)
  const all = new RegExp(source, `${flags}g`)
  const groups = new RegExp(`${source}|`, flags).exec('')?.length ?? 1
  const template = withLiteralReferences(replacement, groups - 1)
  return (name) => {
    if (!whole.test(name)) return undefined
    const mapped = replaceAll(name, all, template)
    if (mapped === undefined) return undefined
    if (letterCase === 'L') return mapped.toLowerCase()
    return letterCase === 'U' ? mapped.toUpperCase() : mapped
  }
}

function compiled(pattern: string): { readonly source: string; readonly flags: string } {
  const inline = /^\(\?([is]+)\)/.exec(pattern)
  const source = inline === null ? pattern : pattern.slice(inline[0].length)
  const flags = `${inline?.[1] ?? ''}${/\\[pP]\{/.test(source) ? 'u' : ''}`
  const foreign = JAVA_ONLY.exec(source)
  if (foreign !== null) throw new MappingRuleError(`the pattern '${pattern}' uses ${foreign[0]}, which only Java knows`)
  try {
    new RegExp(source, flags)
  } catch {
    throw new MappingRuleError(`'${pattern}' is no regular expression`)
  }
  return { source, flags }
}

/**
 * Kafka takes a reference to a group that is not there for plain text, where there are groups at all. Positions are those in the
 * text as it was written, although earlier references may have made it longer: so does Kafka.
 */
function withLiteralReferences(text: string, groups: number): string {
  if (groups === 0) return text
  let value = text
  for (const match of text.matchAll(/\$(\d+)/g)) {
    const digits = match[1] ?? ''
    if (digits.startsWith('0')) continue
    let group = Number(digits)
    while (group > groups && group >= 10) group = Math.trunc(group / 10)
    if (group > groups) value = `${value.slice(0, match.index)}\\${value.slice(match.index)}`
  }
  return value
}

/** As java.util.regex.Matcher; undefined: the replacement refers to what is not there. */
function replaceAll(text: string, pattern: RegExp, template: string): string | undefined {
  let out = ''
  let at = 0
  for (const match of text.matchAll(pattern)) {
    const expanded = expand(template, match)
    if (expanded === undefined) return undefined
    out += text.slice(at, match.index) + expanded
    at = match.index + match[0].length
  }
  return out + text.slice(at)
}

function expand(template: string, match: RegExpExecArray): string | undefined {
  let out = ''
  for (let at = 0; at < template.length; at++) {
    const char = template[at]
    if (char === '\\') {
      at++
      if (at === template.length) return undefined
      out += template[at]
    } else if (char === '$') {
      const found = reference(template, at + 1, match)
      if (found === undefined) return undefined
      out += found.value
      at = found.end - 1
    } else out += char
  }
  return out
}

function reference(
  template: string,
  from: number,
  match: RegExpExecArray,
): { readonly value: string; readonly end: number } | undefined {
  const named = /^\{([A-Za-z][A-Za-z0-9]*)\}/.exec(template.slice(from))
  if (named !== null) {
    const name = named[1] ?? ''
    if (match.groups === undefined || !(name in match.groups)) return undefined
    return { value: match.groups[name] ?? '', end: from + named[0].length }
  }
  if (!/[0-9]/.test(template[from] ?? '')) return undefined
  let group = Number(template[from])
  if (group >= match.length) return undefined
  let end = from + 1
  // As many digits as there are groups for.
  while (/[0-9]/.test(template[end] ?? '') && group * 10 + Number(template[end]) < match.length) {
    group = group * 10 + Number(template[end])
    end++
  }
  return { value: match[group] ?? '', end }
}
