import { childOf, childrenOf, type Der, oidOf } from './der.ts'

/** Those that RFC 2253 has a name for; Java writes all others as numbers. */
const KEYWORDS: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
}

/** UTF8, Printable, T61, IA5, General and BMP strings: Java shows them as text, and takes each of them for UTF-8. */
const TEXTS: ReadonlySet<number> = new Set([12, 19, 20, 22, 27, 30])

const ESCAPED = new Set(',=+<>#;"\\')

/** A name as `X500Principal.getName()` gives it: RFC 2253, the last part first. */
export function distinguishedName(name: Der): string {
  return childrenOf(name)
    .reverse()
    .map((part) => childrenOf(part).map(attribute).join('+'))
    .join(',')
}

function attribute(der: Der): string {
  const oid = oidOf(childOf(der, 0))
  const value = childOf(der, 1)
  const keyword = KEYWORDS[oid]
  const text = keyword !== undefined && TEXTS.has(value.tag) ? value.body.toString('utf8') : undefined
  return `${keyword ?? oid}=${text === undefined ? `#${value.whole.toString('hex')}` : escaped(text)}`
}

function escaped(text: string): string {
  let out = ''
  for (const char of text) {
    if (ESCAPED.has(char)) out += `\\${char}`
    else out += char === '\0' ? '\\00' : char
  }
  return escapedBlanks(out)
}

/** In front and at the end each blank is escaped, in between none is. */
function escapedBlanks(text: string): string {
  const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\r'
  let lead = 0
  while (lead < text.length && isBlank(text[lead])) lead++
  let trail = text.length - 1
  while (trail >= 0 && isBlank(text[trail])) trail--
  let out = ''
  for (let at = 0; at < text.length; at++) out += at < lead || at > trail ? `\\${text[at]}` : text[at]
  return out
}

/** Whether two names are the same to Java: case and runs of blanks do not count. */
export function isSameName(a: string, b: string): boolean {
  const normal = (name: string): string =>
    name
      .toLowerCase()
      .replace(/\\? +/g, ' ')
      .replace(/ *([,+=]) */g, '$1')
      .trim()
  return normal(a) === normal(b)
}
