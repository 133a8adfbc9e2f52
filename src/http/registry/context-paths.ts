import { contextPrefix } from '../../registry/subjects.ts'

/** Of a path below a context, what is taken for a subject. */
const BEFORE_SUBJECT: ReadonlySet<string> = new Set(['subjects'])
const SETTINGS: ReadonlySet<string> = new Set(['config', 'mode'])

/**
 * `/contexts/.c/subjects/a` asks for what `/subjects/:.c:a` asks for: subjects, ids and prefixes are those of the context. The
 * path to all contexts, or to one of them, stays as it is.
 */
export function withoutContextPath(url: string): string {
  const [path = '', query] = split(url, '?')
  const [, root, context, ...rest] = path.split('/')
  const below = rest.filter((part) => part !== '')
  if (root !== 'contexts' || context === undefined || below.length === 0) return url
  const prefix = contextPrefix(decoded(context) ?? ':')
  if (prefix === undefined) return url
  const parts = inContext(below, prefix)
  const asked = inContextQuery(below.join('/'), new URLSearchParams(query), prefix).toString()
  return `/${parts.join('/')}${asked === '' ? '' : `?${asked}`}`
}

function inContext(parts: readonly string[], prefix: string): string[] {
  const [first = ''] = parts
  const made: string[] = []
  for (const [at, part] of parts.entries()) {
    const before = parts[at - 1] ?? ''
    const isSubject = BEFORE_SUBJECT.has(before) || (at === 1 && SETTINGS.has(before))
    made.push(isSubject && !namesContext(part) ? encodeURIComponent(prefix) + part : part)
  }
  // The settings of the context itself.
  if (parts.length === 1 && SETTINGS.has(first) && prefix !== '') made.push(encodeURIComponent(prefix))
  return made
}

function inContextQuery(path: string, query: URLSearchParams, prefix: string): URLSearchParams {
  const name = path.startsWith('schemas/ids') ? 'subject' : 'subjectPrefix'
  if (name === 'subject' || path === 'schemas' || path === 'subjects') {
    const given = query.get(name) ?? ''
    if (!namesContext(given)) query.set(name, prefix + given)
  }
  return query
}

function namesContext(part: string): boolean {
  const text = decoded(part) ?? part
  return text.startsWith(':.') || text.startsWith(':*:')
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

function split(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
