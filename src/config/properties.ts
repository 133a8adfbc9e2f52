/** java.util.Properties: the text format of server.properties and meta.properties. */

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }
const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t' || char === '\f'

/** Text that is no properties file: Java's parser refuses exactly one thing, a broken unicode escape. */
export class MalformedPropertiesError extends Error {
  override readonly name = 'MalformedPropertiesError'
}

/** Keys and values in the order of the file; of a key that appears twice, the last value counts. */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const { line, number } of logicalLines(text)) {
    const keyEnd = endOfKey(line)
    let valueStart = keyEnd
    while (isBlank(line[valueStart])) valueStart++
    if (line[valueStart] === '=' || line[valueStart] === ':') valueStart++
    while (isBlank(line[valueStart])) valueStart++
    properties.set(unescaped(line.slice(0, keyEnd), number), unescaped(line.slice(valueStart), number))
  }
  return properties
}

/** Lines without comments and blanks, continued lines joined. */
function* logicalLines(text: string): Generator<{ line: string; number: number }> {
  let pending: string | undefined
  let start = 0
  let number = 0
  for (const natural of text.split(/\r\n|\r|\n/)) {
    number++
    const line = natural.replace(/^[ \t\f]+/, '')
    if (pending === undefined) {
      if (line === '' || line.startsWith('#') || line.startsWith('!')) continue
      start = number
    }
    const joined: string = (pending ?? '') + line
    if (endsInOddBackslashes(line)) {
      pending = joined.slice(0, -1)
      // A line of a backslash alone begins nothing: what follows may be a comment.
      if (pending === '') pending = undefined
      continue
    }
    pending = undefined
    yield { line: joined, number: start }
  }
  if (pending !== undefined) yield { line: pending, number: start }
}

function endsInOddBackslashes(line: string): boolean {
  return (/\\*$/.exec(line)?.[0].length ?? 0) % 2 === 1
}

function endOfKey(line: string): number {
  let at = 0
  while (at < line.length) {
    const char = line[at]
    if (char === '\\') at += 2
    else if (char === '=' || char === ':' || isBlank(char)) return at
    else at++
  }
  return line.length
}

function unescaped(text: string, lineNumber: number): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_all, unit: string | undefined, char: string) => {
    if (unit !== undefined) return String.fromCharCode(Number.parseInt(unit, 16))
    if (char === 'u')
      throw new MalformedPropertiesError(`line ${lineNumber} has a \\u that four hex digits must follow`)
    return ESCAPES[char] ?? char
  })
}

/** The file that Java's `Properties.store` would write, without its date comment: it would differ at each write. */
export function formatProperties(
  properties: Iterable<readonly [string, string]>,
  comments: readonly string[] = [],
): string {
  let text = ''
  for (const comment of comments) text += `#${comment}\n`
  for (const [key, value] of properties) text += `${escaped(key, true)}=${escaped(value, false)}\n`
  return text
}

function escaped(text: string, isKey: boolean): string {
  const safe = text.replace(/[\\=:#!\t\n\r\f]|[^\x20-\x7e]/g, (char) => {
    const letter = Object.keys(ESCAPES).find((name) => ESCAPES[name] === char)
    if (letter !== undefined) return `\\${letter}`
    const unit = char.charCodeAt(0)
    return unit > 0x7e || unit < 0x20 ? `\\u${unit.toString(16).toUpperCase().padStart(4, '0')}` : `\\${char}`
  })
  return isKey ? safe.replaceAll(' ', '\\ ') : safe.replace(/^ /, '\\ ')
}
